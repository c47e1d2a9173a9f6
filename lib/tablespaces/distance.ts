/**
 * Directories that must not be, or lie in, one another: paths in, an error out if they do. Only the paths are compared:
 * a caller that can follow symbolic links has done so before.
 */

import { posix } from 'node:path';
import { TroubleError } from '../errors/trouble.ts';

/** A directory that something goes into. */
export interface Directory {
  /** What goes into it: "tablespace 16384". */
  readonly name: string;
  /** As the user knows it. */
  readonly path: string;
  /** As it is compared: absolute, canonical. */
  readonly real: string;
  /** It is where it has always been; two such directories may lie as they like. */
  readonly stays?: boolean;
}

/** What to do about a directory that cannot be used. */
const ELSEWHERE = 'Put tablespaces elsewhere with -T OLDDIR=NEWDIR.';

/** Throws TroubleError if one of the directories is, or lies in, another one. */
export function insistOnDistance(directories: readonly Directory[]): void {
  const byPath = new Map<string, Directory>();
  for (const directory of directories) {
    compare(directory, byPath.get(directory.real), 'would share a directory with');
    byPath.set(directory.real, directory);
  }
  for (const directory of directories) {
    for (const path of parents(directory.real)) {
      compare(directory, byPath.get(path), 'would lie in that of');
    }
  }
}

function compare(inner: Directory, outer: Directory | undefined, relation: string): void {
  if (outer === undefined || (inner.stays === true && outer.stays === true)) return;
  throw new TroubleError(`${inner.name} ${relation} ${outer.name}`, {
    detail: `The directories are "${inner.path}" and "${outer.path}".`,
    hint: ELSEWHERE,
  });
}

/** The directories above a path, the root last. */
function* parents(path: string): Generator<string, void, undefined> {
  for (let at = path; at !== '/'; ) {
    at = posix.dirname(at);
    yield at;
  }
}
