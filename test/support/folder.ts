/**
 * Throw-away folders under the system's temporary folder. They are open to every account for passing
 * through, since servers run under one of their own (account.ts) and must reach what lies inside.
 */

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './cleanup.ts';

/** The longest parent under which "/bb-XXXXXX/.s.PGSQL.65535.lock" still fits a socket address on every system. */
const LONGEST_PARENT = 60;

const forget = new Map<string, () => void>();

/** Makes an empty folder with a short path, removed by removeFolder() or at the end of the process. */
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

/** Removes a folder made by temporaryFolder() and all that it holds. */
export function removeFolder(folder: string): void {
  remove(folder);
  forget.get(folder)?.();
  forget.delete(folder);
}

/** Processes that were just killed may still be making files: hence the retries. */
function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
