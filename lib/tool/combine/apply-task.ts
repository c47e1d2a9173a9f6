/** What bb-combine --apply is told to do: options and operands in, one task out. */

import { UsageError } from '../../errors/trouble.ts';
import type { TablespaceMapping } from '../../tablespaces/mapping.ts';
import type { ProgressForm } from '../../terminal/progress-display.ts';
import type { Arguments } from '../options.ts';
import { progressForm } from '../shared-options.ts';
import { RECOVERY_OPTIONS } from '../split/recovery-options.ts';
import { parseTablespaceMapping } from '../tablespace-mapping.ts';

/** One incremental backup onto the directory that holds the one before. */
export interface ApplyTask {
  readonly directory: string;
  readonly place: string;
  /** Where new tablespaces go. */
  readonly mappings: readonly TablespaceMapping[];
  /** Whether all files of the directory are verified first. */
  readonly verify: boolean;
  readonly sync: boolean;
  readonly progress: ProgressForm;
}

/** What is only said of a directory that is made anew. */
const FOR_NEW_DIRECTORIES = [
  'waldir',
  'owner',
  'sparse',
  'manifest-checksums',
  'spool',
  'no-clean',
  ...RECOVERY_OPTIONS.map(({ name }) => name),
];

/** Reads the task. Throws UsageError for what does not go together. */
export function readApplyTask(args: Arguments): ApplyTask {
  const other = FOR_NEW_DIRECTORIES.find((name) => args.has(name));
  if (other !== undefined) throw new UsageError(`--apply and --${other} are incompatible options`);
  const directory = args.value('pgdata') ?? '';
  if (directory === '') throw new UsageError('no target directory specified');
  const [place, second] = args.operands;
  if (place === undefined) throw new UsageError('no backup specified');
  if (second !== undefined)
    throw new UsageError('only one backup can be applied at a time', {
      hint: 'Apply one after the other, the oldest first.',
    });
  return {
    directory,
    place,
    mappings: args.values('tablespace-mapping').map(parseTablespaceMapping),
    verify: args.has('verify'),
    sync: !args.has('no-sync'),
    progress: progressForm(args),
  };
}
