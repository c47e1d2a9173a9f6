/** Options that mean the same in every tool. */

import type { Arguments, Option } from './options.ts';
import type { ProgressForm } from './progress.ts';
import { UsageError } from './trouble.ts';

/** -P, with the form of the progress as its optional value. */
export const PROGRESS_OPTION: Option = {
  name: 'progress',
  short: 'P',
  value: 'json',
  valueOptional: true,
  help: 'show progress information',
};

/** The form of progress that was asked for. */
export function progressForm(args: Arguments): ProgressForm {
  const value = args.value('progress');
  if (value === undefined) return 'none';
  if (value === '') return 'text';
  if (value === 'json') return 'json';
  throw new UsageError(`invalid form of progress "${value}", must be "json" if given`);
}
