/** What can be done next with a backup that was written to files, for a user at a terminal. */

import { parseConninfo } from '../../libpq/conninfo/conninfo.ts';
import type { EmptyDatabase } from '../../restore/database/database-step.ts';
import type { Recovery } from '../../restore/recovery/recovery.ts';
import type { Advice } from '../../terminal/messages.ts';
import { shellWord } from '../../terminal/shell-word.ts';
import { asUser, postgresProgram } from './programs.ts';

/** A backup in files. */
export interface Written {
  readonly directory: string;
  /** Whether there is a manifest to verify it against. */
  readonly manifest: boolean;
  /** Whether it is nothing without the backups that it builds upon. */
  readonly incremental: boolean;
}

/** A data directory. */
export interface WrittenCluster extends Written {
  /** Whether no file is missing without which a server does not start. */
  readonly startable: boolean;
  /** Whether there is the WAL of the backup. */
  readonly wal: boolean;
  /** Who is to start the server; undefined if that is the user who runs this. */
  readonly user: string | undefined;
  readonly major: string | undefined;
  readonly recovery?: Recovery | undefined;
  readonly emptied: readonly EmptyDatabase[];
}

/** What to do with archives. */
export function adviseOnArchives(written: Written): Advice[] {
  const directory = shellWord(written.directory);
  const restore: Advice = written.incremental
    ? combining(directory)
    : { text: 'You can restore it', commands: [`bb-split -Fp -D NEWDIR ${directory}`] };
  return [...verifying(written, []), restore];
}

/** What to do with a data directory, which can be verified only until a server is started on it. */
export function adviseOnCluster(cluster: WrittenCluster): Advice[] {
  const { directory, startable, wal, recovery, incremental, major } = cluster;
  const verify = verifying(cluster, wal ? [] : ['-n']);
  if (incremental) return [...verify, combining(shellWord(directory))];
  const start = startCommand(cluster);
  if (!startable || start === undefined || (!wal && recovery === undefined)) return verify;
  const [check] = verify;
  const server = major === undefined ? 'a server' : `a server of PostgreSQL ${major}`;
  const starting: Advice =
    check === undefined
      ? { text: `You can now start ${server}`, commands: [start] }
      : { text: `${check.text}, and then start ${server}`, commands: [...check.commands, start] };
  return [starting, ...onEmptied(cluster.emptied), ...onPassword(recovery)];
}

function verifying({ directory, manifest }: Written, options: readonly string[]): Advice[] {
  if (!manifest) return [];
  const command = ['bb-verify', ...options, shellWord(directory)].join(' ');
  return [{ text: 'You can now verify the backup', commands: [command] }];
}

function combining(directory: string): Advice {
  return {
    text: 'You can restore it, together with the full backup that it builds upon and all between them,',
    commands: [`bb-combine -D NEWDIR FULLBACKUP ... ${directory}`],
  };
}

/** Undefined for root, whom a server refuses, where no other user is known who could start it. */
function startCommand({ directory, user, major }: WrittenCluster): string | undefined {
  const data = shellWord(directory);
  const log = shellWord(`${directory.replace(/\/+$/, '')}/startup.log`);
  const start = `${shellWord(postgresProgram('pg_ctl', major))} -D ${data} -l ${log} start`;
  if (user !== undefined) return asUser(user, start);
  return process.geteuid?.() === 0 ? undefined : start;
}

/** Nobody can connect to them, but they can be dropped. */
function onEmptied(emptied: readonly EmptyDatabase[]): Advice[] {
  const names = emptied.flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (names.length === 0) return [];
  const drops = names.map((name) => `dropdb ${shellWord(name)}`);
  return [
    {
      text: 'When it runs, you can dump what was restored, and drop the databases that are empty,',
      commands: ['pg_dump -Fc -f FILE DATABASE', ...drops],
    },
  ];
}

/** A standby cannot ask for a password. */
function onPassword(recovery: Recovery | undefined): Advice[] {
  if (recovery?.kind !== 'standby') return [];
  const values = parseConninfo(recovery.primaryConninfo);
  if (values.has('password')) return [];
  const file = values.get('passfile');
  const path = file === undefined ? '~/.pgpass' : shellWord(file);
  const entry = [values.get('host') ?? '*', values.get('port') ?? '*', '*', values.get('user') ?? '*'];
  const line = shellWord(`${entry.map((part) => part.replace(/[:\\]/g, '\\$&')).join(':')}:PASSWORD`);
  return [
    {
      text: 'If its primary wants a password, store it for the user who runs the standby',
      commands: [`(umask 077; echo ${line} >> ${path})`],
    },
  ];
}
