/**
 * Makes fetched programs executable for the servers' account (account.ts). The repository, and with it the cache, may
 * be below a directory that the account may not pass through; then the programs are copied.
 */

import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, serverAccount } from './account.ts';
import { temporaryFolder } from './folder.ts';

/** The directories that were prepared so far. */
const prepared = new Map<string, string>();

/** The path of the programs: in the directory, which can be moved as a whole, or in a copy of it. */
export function runnable(root: string, programs: string): string {
  const directory = prepared.get(root) ?? prepare(root, programs);
  prepared.set(root, directory);
  return join(directory, programs);
}

function prepare(root: string, programs: string): string {
  const account = serverAccount();
  if (account === undefined || runsAs(account, join(root, programs))) return root;
  const copy = join(temporaryFolder(), 'server');
  cpSync(root, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function runsAs(account: Account, programs: string): boolean {
  return spawnSync(join(programs, 'postgres'), ['--version'], { ...account, cwd: '/' }).status === 0;
}
