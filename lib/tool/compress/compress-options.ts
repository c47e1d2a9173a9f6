/** The options of bb-compress, and what they mean together. Those of pg_basebackup have its names and complaints. */

import { availableParallelism } from 'node:os';
import type { CompressionSettings } from '../../compress/method.ts';
import { UsageError } from '../../errors/trouble.ts';
import type { ProgressForm } from '../../terminal/progress-display.ts';
import { COMPRESS_HABITS } from '../habits.ts';
import { parseInteger } from '../integer.ts';
import type { Arguments, OptionTable } from '../options.ts';
import { COMMON_OPTIONS, progressForm } from '../shared-options.ts';
import { type CompressionChoice, parseCompression } from './compression.ts';

/** The table behind --help. */
export const COMPRESS_OPTIONS: OptionTable = {
  tool: 'bb-compress',
  purpose: 'compresses or decompresses a PostgreSQL base backup, or any file, in a pipe.',
  usage: ['[OPTION]... [FILE]', '-d [OPTION]... [FILE]', '-t [OPTION]... [FILE]'],
  example: 'ssh db1 bb-stream | bb-verify --tee -q | bb-compress -Z zstd:3 | bb-split -D /backup/db1',
  maxOperands: 1,
  habits: COMPRESS_HABITS,
  groups: [
    {
      title: 'Options controlling the output',
      options: [
        {
          name: 'compress',
          short: 'Z',
          value: 'METHOD[:DETAIL]',
          help: 'compress with gzip, lz4 or zstd (default: zstd)',
        },
        {
          name: 'level',
          value: 'NUM',
          digits: true,
          help: 'compress at this level, as in -9',
        },
        { name: 'gzip', short: 'z', means: '--compress=gzip', help: 'compress with gzip' },
        {
          name: 'jobs',
          short: 'j',
          value: 'NUM',
          help: 'use this many threads to compress\n(default: the number of processors)',
        },
        { name: 'decompress', short: 'd', help: 'decompress' },
        { name: 'test', short: 't', help: 'test the compressed input, but write nothing' },
        { name: 'strict', help: 'fail if an archive is already compressed' },
      ],
    },
    { title: 'General options', options: COMMON_OPTIONS },
  ],
};

const DEFAULT_METHOD = 'zstd';
/** ZSTDMT_NBWORKERS_MAX. */
const MAX_JOBS = 256;

/** What bb-compress is to do. */
export type CompressTask =
  | { readonly kind: 'decompress' | 'test' | 'copy'; readonly progress: ProgressForm }
  | {
      readonly kind: 'compress';
      readonly settings: CompressionSettings;
      /** Whether an archive that is compressed already is an error. */
      readonly strict: boolean;
      readonly progress: ProgressForm;
    };

/** Reads the task from the options. Throws UsageError for options that do not go together. */
export function readCompressTask(args: Arguments): CompressTask {
  const progress = progressForm(args);
  const number = args.value('jobs');
  const jobs = number === undefined ? undefined : parseInteger(number, '-j/--jobs', 1, MAX_JOBS);
  for (const kind of ['test', 'decompress'] as const) {
    if (!args.has(kind)) continue;
    const [other] = ['compress', 'level', 'strict'].filter((name) => args.has(name));
    if (other !== undefined) throw new UsageError(`--${kind} and --${other} are incompatible options`);
    return { kind, progress };
  }
  const { method, ...choice } = readCompression(args);
  if (method === 'none') return { kind: 'copy', progress };
  const workers = jobs ?? clamped(choice.workers) ?? availableParallelism();
  return { kind: 'compress', settings: { ...choice, method, workers }, strict: args.has('strict'), progress };
}

/** The level may be given by itself, but only once. */
function readCompression(args: Arguments): CompressionChoice {
  const choice = parseCompression(args.value('compress') ?? DEFAULT_METHOD);
  const level = args.value('level');
  if (level === undefined) return choice;
  if (choice.level !== undefined)
    throw new UsageError('--level and a level in --compress are incompatible options');
  return { ...choice, ...parseCompression(`${choice.method}:level=${level}`) };
}

/** As libzstd does with a number out of range; 0 workers are one thread. */
function clamped(workers: number | undefined): number | undefined {
  return workers === undefined ? undefined : Math.min(Math.max(workers, 1), MAX_JOBS);
}
