/** What bb-combine is told to do: options and operands in, one task out. */

import { UsageError } from '../../errors/trouble.ts';
import { type ChecksumAlgorithm, parseChecksumAlgorithm } from '../../manifest/checksum.ts';
import type { ProgressForm } from '../../terminal/progress-display.ts';
import { parseSize } from '../../terminal/units.ts';
import type { Arguments } from '../options.ts';
import { progressForm } from '../shared-options.ts';
import { readPlainChoices } from '../split/plain-task.ts';
import type { PlainTask } from '../split/split-task.ts';
import { NEED_DIRECTORY } from './combine-options.ts';

/** What every task has. */
interface Common {
  /** Where the backups are, in any order. */
  readonly places: readonly string[];
  /** Of the checksums in the new manifest; those of the newest backup if not given. */
  readonly algorithm: ChecksumAlgorithm | undefined;
}

/** An extraction, of several backups. */
export type DirectoryTask = Common & PlainTask;

/** A backup stream to standard output. */
export interface StreamTask extends Common {
  readonly kind: 'stream';
  readonly progress: ProgressForm;
  /** How large the spool may become, in bytes. */
  readonly spoolBytes: number;
}

export type CombineTask = DirectoryTask | StreamTask;

/** Reads the task. Throws UsageError for what does not go together. */
export function readCombineTask(args: Arguments): CombineTask {
  const progress = progressForm(args);
  const directory = args.value('pgdata');
  if (directory === '') throw new UsageError('no target directory specified');
  if (args.has('verify')) throw new UsageError('--verify needs --apply');
  if (args.operands.length === 0) throw new UsageError('no backups specified');
  const common = {
    places: args.operands,
    algorithm: readAlgorithm(args.value('manifest-checksums')),
    progress,
  };
  if (directory === undefined) return readStreamTask(args, common);
  if (args.has('spool')) throw new UsageError('--pgdata and --spool are incompatible options');
  return {
    kind: 'plain',
    directory,
    clean: !args.has('no-clean'),
    sync: !args.has('no-sync'),
    ...readPlainChoices(args),
    ...common,
  };
}

function readStreamTask(args: Arguments, common: Common & Pick<StreamTask, 'progress'>): StreamTask {
  const other = NEED_DIRECTORY.find((name) => args.has(name));
  if (other !== undefined)
    throw new UsageError(`--${other} needs -D/--pgdata`, {
      hint: `Without a directory, a stream is written; use "bb-combine ... | bb-split -Fp -D DIRECTORY".`,
    });
  if (common.places.length === 1 && common.algorithm !== undefined)
    throw new UsageError('--manifest-checksums needs an incremental backup, or -D/--pgdata');
  return { kind: 'stream', spoolBytes: readSpoolBytes(args.value('spool')), ...common };
}

function readSpoolBytes(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  throw new UsageError(`invalid value "${text}" for option --spool`, {
    hint: 'Valid units are "B", "kB", "MB", "GB", and "TB".',
  });
}

function readAlgorithm(text: string | undefined): ChecksumAlgorithm | undefined {
  if (text === undefined) return undefined;
  const algorithm = parseChecksumAlgorithm(text);
  if (algorithm === undefined) throw new UsageError(`unrecognized checksum algorithm: "${text}"`);
  return algorithm;
}
