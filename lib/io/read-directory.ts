/** What is in a directory: its path in, names (file-name.ts) and kinds out. */

import { type Dirent, readdirSync } from 'node:fs';
import { decodeName, encodeName } from './file-name.ts';

/** Something in a directory; a link is not followed. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
}

/** Reads all entries. Throws what the system says. */
export function readDirectory(path: string): DirectoryEntry[] {
  const entries = readdirSync(encodeName(path), { withFileTypes: true, encoding: 'buffer' });
  return entries.map((entry) => ({ name: decodeName(entry.name), kind: kindOf(entry) }));
}

function kindOf(entry: Dirent<Buffer>): DirectoryEntry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}
