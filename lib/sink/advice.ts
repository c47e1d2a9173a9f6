/** What can be done next with a backup that was written to files, for somebody at a terminal. */

import type { Advice } from '../cli/messages.ts';
import { shellWord } from '../cli/shell-word.ts';

/** A backup in files. */
export interface Written {
  readonly directory: string;
  /** Whether there is a manifest to verify it against. */
  readonly manifest: boolean;
}

/** A data directory. */
export interface WrittenCluster extends Written {
  readonly startable: boolean;
  /** Who is to start the server; undefined if that is nobody else. */
  readonly user: string | undefined;
}

/** What to do with archives. */
export function adviseOnArchives({ directory, manifest }: Written): Advice | undefined {
  if (!manifest) return undefined;
  return { text: 'You can now verify the backup', commands: [`bb-verify ${shellWord(directory)}`] };
}

/** What to do with a data directory, which can be verified only until a server is started on it. */
export function adviseOnCluster(cluster: WrittenCluster): Advice | undefined {
  const { directory, startable, user } = cluster;
  const verify = adviseOnArchives(cluster);
  // A server refuses to be root's.
  if (!startable || (user === undefined && process.geteuid?.() === 0)) return verify;
  const start = `${user === undefined ? '' : `sudo -u ${shellWord(sudoUser(user))} `}pg_ctl -D ${shellWord(directory)} start`;
  if (verify === undefined) return { text: 'You can now start a server', commands: [start] };
  return { text: `${verify.text}, and then start a server`, commands: [...verify.commands, start] };
}

/** As sudo(8) wants it: a number has a sign before it. */
function sudoUser(user: string): string {
  return /^[0-9]+$/.test(user) ? `#${user}` : user;
}
