/**
 * A tar by itself is a backup only if it is that of a data directory: frames of one archive in, the same frames out.
 * If a file that every base backup has is missing, an error takes the place of the end.
 */

import type { Frame } from '../stream/frame.ts';
import type { TarChunk } from '../tar/reader.ts';
import { BaseFiles } from './base-files.ts';

/** Called for each piece of the tar. */
export type SeePiece = (piece: TarChunk) => void;

/** Reads the tar with a function that reports its pieces. Throws BackupError at the end if a file is missing. */
export async function* insistOnBase(
  read: (see: SeePiece) => AsyncIterable<Frame>,
): AsyncGenerator<Frame, void, undefined> {
  const files = new BaseFiles();
  const see: SeePiece = (piece) => files.see(piece);
  let name = '';
  for await (const frame of read(see)) {
    if (frame.type === 'archive') name = frame.name;
    if (frame.type === 'end') files.insistOn(name);
    yield frame;
  }
}
