/** Bytes to compress, and ways to send them through a codec. */

import type { Codec } from '../../../lib/compress/codec.ts';
import { convertBytes } from '../../../lib/compress/convert-bytes.ts';
import { loadLz4Library } from '../../../lib/compress/lz4-library.ts';
import { type Cut, lend, randomFrom, whole } from '../../support/rechunk.ts';

const TEXT = Buffer.from(
  'CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84)); ',
);

/** Bytes that nothing compresses. */
export function noise(bytes: number, seed = 1): Buffer {
  const random = randomFrom(seed);
  return Buffer.from(
    Uint32Array.from({ length: Math.ceil(bytes / 4) }, () => random(2 ** 32)).buffer,
    0,
    bytes,
  );
}

/** Noise and text in turns, as pages of a table and its free space are. */
export function mixture(bytes: number, seed = 1): Buffer {
  const random = randomFrom(seed);
  const all = Buffer.alloc(bytes, TEXT);
  const some = noise(65_536, seed);
  for (let position = 0; position < bytes; position += 200 + random(20_000)) {
    const start = random(some.length);
    position += some.copy(all, position, start, start + random(5000));
  }
  return all;
}

/** Whether the system has liblz4; says so if not, since tests are skipped then. */
export function isLz4LibraryThere(): boolean {
  try {
    loadLz4Library();
    return true;
  } catch {
    process.stderr.write('liblz4 is not installed: some tests are skipped\n');
    return false;
  }
}

/** What a codec makes of bytes. All buffers on the way are overwritten as soon as that is allowed. */
export async function through(
  open: () => Codec | Promise<Codec>,
  bytes: Buffer,
  cut: Cut = whole,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of convertBytes(lend(bytes, cut), async () => await open()))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** The same, or the error. */
export async function attempt(
  open: () => Codec | Promise<Codec>,
  bytes: Buffer,
  cut: Cut = whole,
): Promise<Buffer | Error> {
  try {
    return await through(open, bytes, cut);
  } catch (error) {
    return error as Error;
  }
}
