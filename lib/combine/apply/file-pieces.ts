/** The contents of a file that is open or not, in pieces of which each is valid until the next. */

import { closeSync, openSync, readSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import { type ChecksumAlgorithm, createChecksum } from '../../manifest/checksum.ts';

const PIECE_BYTES = 1024 * 1024;

/** Reads an open file from its beginning to its end. */
export function* filePieces(fd: number, path: string): Generator<Buffer, void, undefined> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const read = (position: number) =>
    attempt(`could not read file "${path}"`, () => readSync(fd, piece, 0, piece.length, position));
  let position = 0;
  for (let bytes = read(position); bytes > 0; bytes = read(position)) {
    yield piece.subarray(0, bytes);
    position += bytes;
  }
}

/** The checksum of a file's contents, as a manifest has it. */
export function checksumOfFile(path: string, algorithm: ChecksumAlgorithm): string {
  const checksum = createChecksum(algorithm);
  const fd = attempt(`could not open file "${path}"`, () => openSync(encodeName(path), 'r'));
  try {
    for (const piece of filePieces(fd, path)) checksum.update(piece);
  } finally {
    closeSync(fd);
  }
  return checksum.digest();
}
