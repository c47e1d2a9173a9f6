/** What bb-split does in plain format: options in; what is extracted, where it goes and whose it is out. */

import { posix } from 'node:path';
import { UsageError } from '../../errors/trouble.ts';
import type { OwnerChoice } from '../../restore/owner/owner.ts';
import type { StepChoices } from '../../restore/restore-steps.ts';
import type { TablespaceMapping } from '../../tablespaces/mapping.ts';
import type { Arguments } from '../options.ts';
import { parseTablespaceMapping } from '../tablespace-mapping.ts';
import { parseDatabases } from './parse-databases.ts';
import { readArchiveMode, readRecovery } from './recovery-task.ts';

/** What was chosen. */
export interface PlainChoices extends StepChoices {
  readonly mappings: readonly TablespaceMapping[];
  /** Where WAL goes, if not into the data directory. */
  readonly waldir?: string;
  /** Whether long runs of zeros become holes. */
  readonly sparse: boolean;
}

/** A part of a backup lies in one directory, its tablespaces too, so there is nothing to be put elsewhere. */
const NOT_FOR_PARTS = [
  'tablespace-mapping',
  'waldir',
  'database',
  'write-recovery-conf',
  'recovery',
  'archive-mode',
];

/** Reads the choices. Throws UsageError for values that are none, and for those that do not go together. */
export function readPlainChoices(args: Arguments): PlainChoices {
  const elsewhere = NOT_FOR_PARTS.find((name) => args.has(name));
  if (args.has('only') && elsewhere !== undefined)
    throw new UsageError(`--only and --${elsewhere} are incompatible options`);
  return {
    mappings: args.values('tablespace-mapping').map(parseTablespaceMapping),
    ...readWaldir(args.value('waldir')),
    only: readPatterns(args, 'only'),
    exclude: readPatterns(args, 'exclude'),
    ...readOwner(args.value('owner')),
    sparse: args.has('sparse'),
    databases: parseDatabases(args.values('database')),
    recovery: readRecovery(args),
    archiveMode: readArchiveMode(args),
  };
}

function readWaldir(waldir: string | undefined): { waldir?: string } {
  if (waldir === undefined) return {};
  if (posix.isAbsolute(waldir)) return { waldir };
  throw new UsageError('WAL directory location must be an absolute path');
}

/**
 * A pattern that could match nothing in a data directory is a mistake. If it is empty, a variable of a script was
 * perhaps not set.
 */
function readPatterns(args: Arguments, name: string): readonly string[] {
  const patterns = args.values(name);
  if (patterns.includes('')) throw new UsageError(`empty pattern specified with --${name}`);
  const absolute = patterns.find((pattern) => pattern.startsWith('/'));
  if (absolute === undefined) return patterns;
  throw new UsageError(`pattern "${absolute}" is not relative to the data directory`);
}

function readOwner(text: string | undefined): { owner?: OwnerChoice } {
  if (text === undefined) return {};
  const [, user, group] = /^([^:]+)(?::([^:]+))?$/.exec(text) ?? [];
  if (user === undefined) throw new UsageError(`invalid owner "${text}", must be "USER" or "USER:GROUP"`);
  return { owner: { user, ...(group === undefined ? {} : { group }) } };
}
