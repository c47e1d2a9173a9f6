/** What lies in a directory, at any depth. */

import { readdirSync } from 'node:fs';
import { attempt } from '../../io/system-trouble.ts';

/** A file, a directory or a link. */
export interface TreeEntry {
  readonly path: string;
  readonly isLink: boolean;
}

/** Everything in the directory, each directory behind what is in it, and the directory itself. No link is followed. */
export function* tree(directory: string): Generator<TreeEntry, void, undefined> {
  const entries = attempt(`could not read directory "${directory}"`, () =>
    readdirSync(directory, { withFileTypes: true }),
  );
  for (const entry of entries) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) yield* tree(path);
    else yield { path, isLink: entry.isSymbolicLink() };
  }
  yield { path: directory, isLink: false };
}
