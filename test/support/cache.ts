/**
 * A cache for what tests download, below BB_CACHE or, without it, in a directory of the repository that is not in the
 * package. An entry is created under a temporary name of this process and renamed last, so that an incomplete entry is
 * never used.
 */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** The directory of an entry, whether it exists or not. */
export function cached(name: string): string {
  return join(resolve(process.env.BB_CACHE ?? join(REPOSITORY, '.cache')), name);
}

/** Creates an entry with a function that fills its directory. Nothing is left if the function throws. */
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
