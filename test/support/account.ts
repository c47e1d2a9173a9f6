/**
 * The account that servers run under. initdb and postgres refuse to run as root (check_root in
 * src/backend/main/main.c), so when the tests run as root, servers run as "postgres" where the system has that
 * account, and as "nobody" elsewhere. Both come with the system, so no account is created or removed.
 */

import { spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';

/** A system account, in the form that child_process.spawn() takes. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

let known: { account: Account | undefined } | undefined;

/** The account for servers; undefined if this process is not root and uses its own account. */
export function serverAccount(): Account | undefined {
  known ??= { account: process.getuid?.() === 0 ? findAccount(['postgres', 'nobody']) : undefined };
  return known.account;
}

/** Gives a file or directory to the servers' account, if that is not our own. */
export function giveToServer(path: string): void {
  const account = serverAccount();
  if (account !== undefined) giveTo(account, path);
}

/** Gives a file or directory to an account. */
export function giveTo(account: Account, path: string): void {
  chownSync(path, account.uid, account.gid);
}

function findAccount(names: readonly string[]): Account {
  for (const name of names) {
    const uid = id('-u', name);
    const gid = id('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error(`could not find an account to run servers under: none of ${names.join(', ')} exists`);
}

function id(option: string, name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [option, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}
