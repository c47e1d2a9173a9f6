import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SLAB_BYTES, Slabs } from '../../../lib/io/slabs.ts';

/** Bytes that tell where in the stream they stand: the pattern's length is a prime. */
const PATTERN = Buffer.from(Array.from({ length: 251 }, (_, index) => index));
const STREAM = Buffer.alloc(SLAB_BYTES + PATTERN.length, PATTERN);
const streamAt = (offset: number, bytes: number) => {
  const start = offset % PATTERN.length;
  return STREAM.subarray(start, start + bytes);
};

/**
 * A socket and its consumer as SocketReader brings them together: the room for the next read is asked for as
 * soon as the last one is done, and nothing is read while the slabs are full.
 */
class Pair {
  readonly slabs = new Slabs();
  written = 0;
  taken = 0;
  paused = false;
  #room = this.slabs.room();
  #lent: Buffer = Buffer.alloc(0);

  /** Reads a part, 0 to 1, of what there is room for. */
  write(part: number): void {
    if (this.paused) return;
    const bytes = Math.max(1, Math.floor(part * this.#room.length));
    streamAt(this.written, bytes).copy(this.#room);
    this.written += bytes;
    this.slabs.wrote(bytes);
    this.paused = this.slabs.full;
    this.#room = this.slabs.room();
    expect(this.#lent.equals(streamAt(this.taken - this.#lent.length, this.#lent.length))).toBe(true);
  }

  take(): number {
    this.#lent = this.slabs.take();
    this.taken += this.#lent.length;
    expect(this.#lent.equals(streamAt(this.taken - this.#lent.length, this.#lent.length))).toBe(true);
    this.paused &&= this.slabs.full;
    return this.#lent.length;
  }
}

describe('Slabs', () => {
  const step = fc.oneof(
    fc.record({ write: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })) }),
    fc.constant('take' as const),
  );

  it('lose nothing, keep what is lent, and never come to a standstill', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pair = new Pair();
        for (const one of steps) {
          if (one !== 'take') pair.write(one.write);
          else if (pair.take() === 0) expect([pair.paused, pair.taken]).toEqual([false, pair.written]);
        }
        while (pair.take() > 0);
        expect(pair.taken).toBe(pair.written);
      }),
      { numRuns: 300 },
    );
  });

  it('let the next read go on while the last piece is worked on', () => {
    const pair = new Pair();
    pair.write(1);
    pair.take();
    expect(pair.paused).toBe(false);
    pair.write(1);
    expect(pair.paused).toBe(true);
    expect(pair.take()).toBe(SLAB_BYTES);
    expect(pair.paused).toBe(false);
  });

  it('have nothing to lend at first', () => {
    expect(new Slabs().take()).toHaveLength(0);
  });

  it('always have room worth a read', () => {
    const slabs = new Slabs();
    for (let round = 0; round < 40; round++) {
      expect(slabs.room().length).toBeGreaterThanOrEqual(32 * 1024);
      slabs.wrote(31 * 1024);
      slabs.take();
    }
  });
});
