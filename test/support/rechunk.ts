/**
 * Ways of cutting bytes into the chunks in which they might come through a pipe. A reader of a stream must not depend
 * on the cuts, and must not keep a view of a chunk: `lend` overwrites each chunk when the next one is requested, as the
 * readers in lib/io do.
 */

/** The lengths of chunks, one after the other. The last chunk ends with the bytes. */
export type Cut = () => Iterable<number>;

const USED_UP = 0xee;

/** All bytes in one chunk. */
export const whole: Cut = () => [Number.POSITIVE_INFINITY];

/** Chunks of the same length. */
export const every = (bytes: number): Cut =>
  function* () {
    for (;;) yield bytes;
  };

/** Chunks of 0 to `longest` bytes, the same for the same seed. */
export const randomly = (seed: number, longest = 64): Cut =>
  function* () {
    const random = randomFrom(seed);
    for (;;) yield random(longest + 1);
  };

/** The cuts with which every parser is tested. */
export const CUTS: readonly { name: string; cut: Cut }[] = [
  { name: 'whole', cut: whole },
  { name: 'one byte at a time', cut: every(1) },
  { name: 'in chunks of 5 bytes', cut: every(5) },
  ...[1, 2, 3].map((seed) => ({ name: `in random chunks (seed ${seed})`, cut: randomly(seed) })),
];

/** The bytes in chunks that are not overwritten. */
export async function* rechunk(bytes: Buffer, cut: Cut): AsyncGenerator<Buffer, void, undefined> {
  yield* pieces(bytes, cut);
}

/** The bytes in chunks that share one buffer. A chunk is overwritten when the next is requested, or at the end. */
export async function* lend(bytes: Buffer, cut: Cut): AsyncGenerator<Buffer, void, undefined> {
  const buffer = Buffer.alloc(bytes.length);
  for (const piece of pieces(bytes, cut)) {
    piece.copy(buffer);
    try {
      yield buffer.subarray(0, piece.length);
    } finally {
      buffer.fill(USED_UP, 0, piece.length);
    }
  }
}

/** A generator of integers from 0 to below `limit`, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

function* pieces(bytes: Buffer, cut: Cut): Generator<Buffer, void, undefined> {
  let position = 0;
  for (const length of cut()) {
    if (position >= bytes.length) return;
    const end = Math.min(position + length, bytes.length);
    yield bytes.subarray(position, end);
    position = end;
  }
}
