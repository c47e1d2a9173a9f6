/**
 * The contents of a directory, in a form that can be compared: two restores of one backup have equal trees.
 */

import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** One file, directory or link. Size and hash are those of files only. */
export interface TreeEntry {
  readonly type: 'file' | 'directory' | 'link' | 'other';
  /** The permission bits, such as "0600". */
  readonly mode: string;
  readonly size?: number;
  readonly sha256?: string;
  /** The target of a link, as it is written. */
  readonly link?: string;
}

/** All entries below a directory, by relative path, in the order of the paths. Links are not followed. */
export async function tree(root: string): Promise<Map<string, TreeEntry>> {
  const names = await readdir(root, { recursive: true });
  const entries = new Map<string, TreeEntry>();
  for (const name of names.sort()) entries.set(name, await entry(join(root, name)));
  return entries;
}

async function entry(path: string): Promise<TreeEntry> {
  const stats = await lstat(path);
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  const type = typeOf(stats);
  if (type === 'file') return { type, mode, size: stats.size, sha256: await sha256(path) };
  return type === 'link' ? { type, mode, link: await readlink(path) } : { type, mode };
}

function typeOf(stats: Stats): TreeEntry['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
