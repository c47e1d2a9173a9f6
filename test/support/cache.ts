/**
 * What tests fetch, kept below BB_CACHE or, without it, in a directory of the repository that the package does not
 * ship. An entry is made under a name of this process's own and renamed into place last, so that one that was cut
 * short is never used.
 */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** The directory of an entry, whether it is there or not. */
export function cached(name: string): string {
  return join(resolve(process.env.BB_CACHE ?? join(REPOSITORY, '.cache')), name);
}

/** Makes an entry in the directory that the function is given; nothing is left of it if the function throws. */
export function intoCache(name: string, make: (directory: string) => void): void {
  const unfinished = `${cached(name)}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    make(unfinished);
    if (!existsSync(cached(name))) renameSync(unfinished, cached(name));
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
