/**
 * Names of members as paths below a directory. A name that could lead elsewhere is refused, never repaired: the server
 * sends none, so the archive has been tampered with, and a repaired name would not be the one in the manifest.
 */

import { BackupError } from '../errors/backup-error.ts';
import { encodeName } from '../io/file-name.ts';
import { quoted } from '../terminal/visible.ts';

/** The directory itself, which GNU tar archives as a member. */
export const ROOT = '.';

/** MAXPGPATH of PostgreSQL, which counts a NUL. */
const MAX_PATH_BYTES = 1023;
/** Nothing, "." or ".." where the name of a file or directory should be. */
const UNSAFE_COMPONENT = /(?:^|\/)(\.{0,2})(?:\/|$)/;

/**
 * The path in its one normal form: without "./" at its beginning (the server sends "./pg_wal/archive_status/") and
 * without a slash at its end. Throws BackupError for a name that is not safely below the directory.
 */
export function safePath(archive: string, name: string): string {
  const start = name.startsWith('./') ? 2 : 0;
  const end = name.endsWith('/') ? name.length - 1 : name.length;
  const path = name.slice(start, end);
  if (path === '' && start > 0) return ROOT;
  const complaint = objection(name, path);
  if (complaint === undefined) return path;
  throw new BackupError(`unsafe name of member ${quoted(name)} in archive "${archive}": ${complaint}`);
}

/** The directory that a path in normal form lies in. Not by dirname() of node:path, which is slow. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ROOT : path.slice(0, slash);
}

function objection(name: string, path: string): string | undefined {
  if (name.startsWith('/')) return 'absolute path';
  if (path.includes('\0')) return 'NUL in path';
  if (path.length > MAX_PATH_BYTES || Buffer.byteLength(encodeName(path)) > MAX_PATH_BYTES)
    return `longer than ${MAX_PATH_BYTES} bytes`;
  const [, component] = UNSAFE_COMPONENT.exec(path) ?? [];
  if (component === undefined) return undefined;
  return component === '' ? 'empty path component' : `path component "${component}"`;
}
