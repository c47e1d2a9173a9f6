/** Options that mean the same in every tool that has them. */

import { UsageError } from '../errors/trouble.ts';
import type { ProgressForm } from '../terminal/progress-display.ts';
import type { Arguments, Option } from './options.ts';

/** What every tool has. The form of the progress is an optional value. */
export const COMMON_OPTIONS: readonly Option[] = [
  { name: 'progress', short: 'P', value: 'json', valueOptional: true, help: 'show progress information' },
  { name: 'verbose', short: 'v', help: 'output verbose messages' },
  { name: 'version', short: 'V', help: 'output version information, then exit' },
  { name: 'help', short: '?', help: 'show this help, then exit' },
];

/** -T, as in pg_basebackup. */
export const MAPPING_OPTION: Option = {
  name: 'tablespace-mapping',
  short: 'T',
  value: 'OLDDIR=NEWDIR',
  help: 'relocate tablespace in OLDDIR to NEWDIR',
};

/** The form of progress that was asked for. */
export function progressForm(args: Arguments): ProgressForm {
  const value = args.value('progress');
  if (value === undefined) return 'none';
  if (value === '') return 'text';
  if (value === 'json') return 'json';
  throw new UsageError(`invalid form of progress "${value}", must be "json" if given`);
}

/** The operand of a tool that reads a backup; undefined for standard input, as is usual also for "-". */
export function inputOperand({ operands: [operand] }: Arguments): string | undefined {
  return operand === '-' ? undefined : operand;
}
