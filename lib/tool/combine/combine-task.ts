/** What bb-combine is told to do: options and operands in, one task out. */

import { UsageError } from '../../errors/trouble.ts';
import { type ChecksumAlgorithm, parseChecksumAlgorithm } from '../../manifest/checksum.ts';
import type { Arguments } from '../options.ts';
import { progressForm } from '../shared-options.ts';
import { readPlainChoices } from '../split/plain-task.ts';
import type { PlainTask } from '../split/split-task.ts';

/** An extraction, of several backups. */
export interface CombineTask extends PlainTask {
  /** Where the backups are, in any order. */
  readonly places: readonly string[];
  /** Of the checksums in the new manifest; those of the newest backup if not given. */
  readonly algorithm: ChecksumAlgorithm | undefined;
}

/** Reads the task. Throws UsageError for what does not go together. */
export function readCombineTask(args: Arguments): CombineTask {
  const progress = progressForm(args);
  const directory = args.value('pgdata') ?? '';
  if (directory === '') throw new UsageError('no target directory specified');
  if (args.has('verify')) throw new UsageError('--verify needs --apply');
  if (args.operands.length === 0) throw new UsageError('no backups specified');
  return {
    kind: 'plain',
    directory,
    clean: !args.has('no-clean'),
    sync: !args.has('no-sync'),
    progress,
    ...readPlainChoices(args),
    places: args.operands,
    algorithm: readAlgorithm(args.value('manifest-checksums')),
  };
}

function readAlgorithm(text: string | undefined): ChecksumAlgorithm | undefined {
  if (text === undefined) return undefined;
  const algorithm = parseChecksumAlgorithm(text);
  if (algorithm === undefined) throw new UsageError(`unrecognized checksum algorithm: "${text}"`);
  return algorithm;
}
