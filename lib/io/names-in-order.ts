/**
 * The names in a directory in the order in which the system lists them, as readdir(3) gives them to the server; what
 * node:fs gives all at once is sorted.
 */

import { opendirSync } from 'node:fs';
import { attempt } from '../errors/system-trouble.ts';
import { decodeName, encodeName } from './file-name.ts';

/** Entries of a directory that are read at a time. */
const BUFFERED_ENTRIES = 256;

/** Gives one name after the other (file-name.ts). Throws TroubleError if the directory cannot be read. */
export function* namesInOrder(path: string): Generator<string, void, undefined> {
  // The types have no names that are bytes here.
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize: BUFFERED_ENTRIES };
  const directory = attempt(`could not open directory "${path}"`, () =>
    opendirSync(encodeName(path), options),
  );
  try {
    const next = () => attempt(`could not read directory "${path}"`, () => directory.readSync());
    for (let entry = next(); entry !== null; entry = next())
      yield decodeName(entry.name as unknown as Buffer);
  } finally {
    directory.closeSync();
  }
}
