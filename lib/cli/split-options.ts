/** The options of bb-split, and what they mean together. */

import { posix } from 'node:path';
import { type Arguments, COMMON_OPTIONS, type OptionTable } from './options.ts';
import type { ProgressForm } from './progress.ts';
import { PROGRESS_OPTION, progressForm } from './shared-options.ts';
import { UsageError } from './trouble.ts';

/** The table behind --help. */
export const SPLIT_OPTIONS: OptionTable = {
  tool: 'bb-split',
  purpose: 'writes a PostgreSQL base backup that it reads from standard input to files.',
  usage: ['[OPTION]... -D DIRECTORY', '--list [--json]'],
  maxOperands: 0,
  groups: [
    {
      title: 'Options controlling the output',
      options: [
        { name: 'pgdata', short: 'D', value: 'DIRECTORY', help: 'write the backup into this directory' },
        { name: 'format', short: 'F', value: 'p|t', help: 'output format (plain, tar (default))' },
        {
          name: 'tablespace-mapping',
          short: 'T',
          value: 'OLDDIR=NEWDIR',
          help: 'relocate tablespace in OLDDIR to NEWDIR (plain format)',
        },
        {
          name: 'waldir',
          value: 'WALDIR',
          help: 'location for the write-ahead log directory (plain format)',
        },
        { name: 'list', help: 'list the archives and their members, write nothing' },
        { name: 'json', help: 'list as JSON, one object a line' },
      ],
    },
    {
      title: 'General options',
      options: [
        { name: 'no-clean', short: 'n', help: 'do not clean up after errors' },
        { name: 'no-sync', short: 'N', help: 'do not wait for changes to be written safely to disk' },
        PROGRESS_OPTION,
        { name: 'verbose', short: 'v', help: 'output verbose messages' },
        ...COMMON_OPTIONS,
      ],
    },
  ],
};

/** What bb-split is to do. */
export type SplitTask =
  | { readonly kind: 'list'; readonly json: boolean; readonly progress: ProgressForm }
  | {
      readonly kind: 'tar' | 'plain';
      readonly directory: string;
      /** OLDDIR=NEWDIR as given. */
      readonly mappings: readonly string[];
      /** Where WAL goes in plain format, if not into the data directory. */
      readonly waldir?: string;
      readonly clean: boolean;
      readonly sync: boolean;
      readonly progress: ProgressForm;
    };

/** Reads the task from the options. Throws UsageError for options that do not go together. */
export function readSplitTask(args: Arguments): SplitTask {
  const progress = progressForm(args);
  if (args.has('list')) return listTask(args, progress);
  if (args.has('json')) throw new UsageError('--json needs --list');
  const directory = args.value('pgdata');
  if (directory === undefined || directory === '') throw new UsageError('no target directory specified');
  const kind = readFormat(args.value('format') ?? 'tar');
  const mappings = args.values('tablespace-mapping');
  if (kind === 'tar' && mappings.length > 0) {
    throw new UsageError('tablespaces can be relocated in plain format (-Fp) only');
  }
  return {
    kind,
    directory,
    mappings,
    ...readWaldir(kind, args.value('waldir')),
    clean: !args.has('no-clean'),
    sync: !args.has('no-sync'),
    progress,
  };
}

function readWaldir(kind: 'tar' | 'plain', waldir: string | undefined): { waldir?: string } {
  if (waldir === undefined) return {};
  if (kind === 'tar') throw new UsageError('WAL directory location can only be specified in plain mode');
  if (posix.isAbsolute(waldir)) return { waldir };
  throw new UsageError('WAL directory location must be an absolute path');
}

function listTask(args: Arguments, progress: ProgressForm): SplitTask {
  const [writing] = ['pgdata', 'format', 'tablespace-mapping', 'waldir'].filter((name) => args.has(name));
  if (writing !== undefined) throw new UsageError(`--list writes nothing and does not go with --${writing}`);
  return { kind: 'list', json: args.has('json'), progress };
}

function readFormat(format: string): 'tar' | 'plain' {
  if (format === 'p' || format === 'plain') return 'plain';
  if (format === 't' || format === 'tar') return 'tar';
  throw new UsageError(`invalid output format "${format}", must be "plain" or "tar"`);
}
