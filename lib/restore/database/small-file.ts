/** Reads files that are small in every cluster. What is too large to be one is refused. */

import { readFileSync, statSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';

/** Room for some hundred thousand databases in their catalog. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads a file. Throws TroubleError if it cannot be read, or is too large. */
export function readSmallFile(path: string): Buffer {
  return attempt(`could not read file "${path}"`, () => {
    if (statSync(path).size > MAX_BYTES) throw new RangeError('too large');
    return readFileSync(path);
  });
}
