/** What the backup before has left and the new one does not have: a directory in; files and directories are removed. */

import { rmdirSync, unlinkSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import { readDirectory } from '../../io/read-directory.ts';
import { WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import { holdsFiles } from '../holds-files.ts';

/** What stays, by its path in the data directory. */
export interface Kept {
  readonly files: ReadonlySet<string>;
  readonly directories: ReadonlySet<string>;
}

/** Removes everything else. Links to tablespaces and WAL are followed. */
export function removeStale(directory: string, kept: Kept, below = ''): void {
  const full = below === '' ? directory : `${directory}/${below}`;
  const entries = attempt(`could not read directory "${full}"`, () => readDirectory(full));
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (!holdsFiles(entry, path)) {
      if (!kept.files.has(path)) removeFile(`${directory}/${path}`);
      continue;
    }
    removeStale(directory, kept, path);
    if (kept.directories.has(path) || path === WAL_DIRECTORY) continue;
    if (entry.kind === 'symlink') removeFile(`${directory}/${path}`);
    else removeDirectory(`${directory}/${path}`);
  }
}

/** All directories, each after those in it. */
export function* directoriesBelow(directory: string, below = ''): Generator<string, void, undefined> {
  const full = below === '' ? directory : `${directory}/${below}`;
  for (const entry of attempt(`could not read directory "${full}"`, () => readDirectory(full))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (holdsFiles(entry, path)) yield* directoriesBelow(directory, path);
  }
  yield full;
}

function removeFile(path: string): void {
  attempt(`could not remove file "${path}"`, () => unlinkSync(encodeName(path)));
}

function removeDirectory(path: string): void {
  attempt(`could not remove directory "${path}"`, () => rmdirSync(encodeName(path)));
}
