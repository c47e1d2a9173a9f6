/**
 * What a directory is used for that has something in it, as far as that can be told. A user who restores on the host
 * that the backup is from should know that this is the original.
 */

import { readFileSync } from 'node:fs';
import { LOCK_FILE, VERSION_FILE } from '../postgres/data-directory.ts';

/** GetDatabasePath() in src/common/relpath.c: what is in a tablespace lies in a directory of the server's version. */
const VERSION_DIRECTORY = /^PG_(\d+(?:\.\d+)?)_\d+$/;

/** A sentence about the directory with these names in it; undefined if it is none of PostgreSQL's. */
export function describeUse(path: string, names: readonly string[]): string | undefined {
  if (names.includes(VERSION_FILE)) {
    const cluster = `a data directory of PostgreSQL ${firstLine(`${path}/${VERSION_FILE}`) ?? ''}`.trimEnd();
    const pid = names.includes(LOCK_FILE) ? Number(firstLine(`${path}/${LOCK_FILE}`)) : undefined;
    return isRunning(pid) ? `It is ${cluster}, and a server runs on it (PID ${pid}).` : `It is ${cluster}.`;
  }
  const versions = names.flatMap((name) => VERSION_DIRECTORY.exec(name)?.[1] ?? []);
  if (versions.length === 0) return undefined;
  return `It is a tablespace of PostgreSQL ${versions.join(' and ')}.`;
}

function firstLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').split('\n')[0];
  } catch {
    return undefined; // not ours to read
  }
}

/** A server that has crashed leaves its lock file. A process that we may not signal is there all the same. */
function isRunning(pid: number | undefined): boolean {
  if (pid === undefined || !(pid > 0)) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
