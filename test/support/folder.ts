/**
 * Temporary directories below the system's temporary directory. Every account may pass through them, since servers run
 * under their own account (account.ts) and must reach the files in them.
 */

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './cleanup.ts';

/** The longest parent under which "/bb-XXXXXX/.s.PGSQL.65535.lock" still fits a socket address on every system. */
const LONGEST_PARENT = 60;

const forget = new Map<string, () => void>();

/** Creates an empty directory with a short path, removed by removeFolder() or at the end of the process. */
export function temporaryFolder(): string {
  const parent = tmpdir().length > LONGEST_PARENT ? '/tmp' : tmpdir();
  const folder = mkdtempSync(join(parent, 'bb-'));
  chmodSync(folder, 0o755);
  forget.set(
    folder,
    atExit(() => remove(folder)),
  );
  return folder;
}

/** Removes a directory that temporaryFolder() created, with everything in it. */
export function removeFolder(folder: string): void {
  remove(folder);
  forget.get(folder)?.();
  forget.delete(folder);
}

/** Retries, since processes that were just killed may still create files. */
function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
