/** The options of bb-stream that have it answer a question about the backup instead of taking it. */

import { UsageError } from '../../errors/trouble.ts';
import type { Arguments, Option } from '../options.ts';

const FORMATS = ['text', 'json'] as const;

/** The form of the answer to --check. */
export type CheckFormat = (typeof FORMATS)[number];

/** What is asked. */
export type Question =
  | { readonly kind: 'check'; readonly format: CheckFormat }
  | { readonly kind: 'estimate' };

export const QUESTION_OPTIONS: readonly Option[] = [
  { name: 'check', help: 'check whether a backup would work, but take none' },
  { name: 'format', value: 'text|json', help: 'output format of --check (default: text)' },
  { name: 'estimate', help: "print an upper bound of the stream's size in bytes,\nbut take no backup" },
];

/** The question; undefined if a backup is wanted. Throws UsageError for options that do not go together. */
export function readQuestion(args: Arguments): Question | undefined {
  const format = readFormat(args);
  if (args.has('check') && args.has('estimate')) {
    throw new UsageError('--check and --estimate are incompatible options');
  }
  if (args.has('check')) return { kind: 'check', format: format ?? 'text' };
  if (format !== undefined) throw new UsageError('--format needs --check');
  return args.has('estimate') ? { kind: 'estimate' } : undefined;
}

function readFormat(args: Arguments): CheckFormat | undefined {
  const value = args.value('format');
  const format = FORMATS.find((name) => name === value);
  if (value === undefined || format !== undefined) return format;
  throw new UsageError(`invalid output format "${value}", must be "text" or "json"`);
}
