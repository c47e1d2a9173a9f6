/**
 * What bb-split is told to do: options in, one task out. What is done is chosen by one of four options; the
 * others must go with it.
 */

import { UsageError } from '../../errors/trouble.ts';
import { isS3 } from '../../store/place.ts';
import type { Messages } from '../../terminal/messages.ts';
import type { ProgressForm } from '../../terminal/progress-display.ts';
import { parseInteger } from '../integer.ts';
import type { Arguments } from '../options.ts';
import { progressForm } from '../shared-options.ts';
import { type PlainChoices, readPlainChoices } from './plain-task.ts';
import { RECOVERY_OPTIONS } from './recovery-options.ts';
import { PLAIN_OPTIONS } from './split-options.ts';

/** What a run has besides its task. */
export interface SplitContext {
  readonly messages: Messages;
  readonly signal: AbortSignal;
}

/** What every task has. */
interface Common {
  readonly progress: ProgressForm;
}

/** A backup into a directory. */
interface Stored extends Common {
  readonly directory: string;
  readonly clean: boolean;
  readonly sync: boolean;
}

/** Archives; several parts of them are uploaded at a time, if the place is an object store. */
export type TarTask = Stored & { readonly kind: 'tar'; readonly jobs?: number };
export type PlainTask = Stored & PlainChoices & { readonly kind: 'plain' };
export type FilterTask = Common & { readonly kind: 'filter'; readonly command: string };
export type StdoutTask = Common & { readonly kind: 'stdout'; readonly name: string };
export type ListTask = Common & { readonly kind: 'list'; readonly json: boolean };

/** What bb-split is to do. */
export type SplitTask = TarTask | PlainTask | FilterTask | StdoutTask | ListTask;

/** Options that say what is done, and those that go with each. */
const ACTS = { list: ['json'], 'to-stdout': [], filter: [], pgdata: ['format', 'jobs'] } as const;
const MAX_JOBS = 64;
const PLAIN_NAMES = [...PLAIN_OPTIONS, ...RECOVERY_OPTIONS].map(({ name }) => name);

/** Reads the task from the options. Throws UsageError for options that do not go together. */
export function readSplitTask(args: Arguments): SplitTask {
  const progress = progressForm(args);
  const act = chosenAct(args);
  if (args.has('json') && act !== 'list') throw new UsageError('--json needs --list');
  if (act === 'pgdata' || act === undefined) return readStored(args, progress);
  refuseOthers(args, act);
  if (act === 'list') return { kind: 'list', json: args.has('json'), progress };
  const value = args.value(act) ?? '';
  if (act === 'filter')
    return { kind: 'filter', command: insistOnValue(value, 'no command specified'), progress };
  return { kind: 'stdout', name: insistOnValue(value, 'no archive or file specified'), progress };
}

type Act = keyof typeof ACTS;

function chosenAct(args: Arguments): Act | undefined {
  return (Object.keys(ACTS) as Act[]).find((name) => args.has(name));
}

/** Throws for what says something about another act. */
function refuseOthers(args: Arguments, act: Act): void {
  const goesWith: readonly string[] = [act, ...ACTS[act]];
  const all = [...Object.entries(ACTS).flat(2), ...PLAIN_NAMES];
  const other = all.find((name) => args.has(name) && !goesWith.includes(name));
  if (other !== undefined) throw new UsageError(`--${act} and --${other} are incompatible options`);
}

function readStored(args: Arguments, progress: ProgressForm): TarTask | PlainTask {
  const directory = insistOnValue(args.value('pgdata') ?? '', 'no target directory specified');
  const kind = readFormat(args.value('format') ?? 'tar');
  const stored = { directory, clean: !args.has('no-clean'), sync: !args.has('no-sync'), progress };
  if (isS3(directory)) checkObjectStore(args, kind);
  else if (args.has('jobs'))
    throw new UsageError('--jobs goes with an object store only', {
      hint: 'To compress with several threads, use bb-compress -j NUM.',
    });
  const jobs = args.value('jobs');
  if (kind === 'plain') return { kind, ...stored, ...readPlainChoices(args) };
  const plain = PLAIN_NAMES.find((name) => args.has(name));
  if (plain !== undefined) throw new UsageError(`--${plain} can only be specified in plain mode`);
  return { kind, ...stored, ...(jobs !== undefined && { jobs: readJobs(jobs) }) };
}

function readJobs(jobs: string): number {
  return parseInteger(jobs, '-j/--jobs', 1, MAX_JOBS);
}

/** Objects come and go as a whole: there are no files to start a server on, and none that are left half-written. */
function checkObjectStore(args: Arguments, kind: SplitTask['kind']): void {
  if (kind === 'plain') throw new UsageError('cannot write to an object store in plain format');
  if (args.has('no-clean')) throw new UsageError('--no-clean does not go with an object store');
}

function readFormat(format: string): 'tar' | 'plain' {
  if (format === 'p' || format === 'plain') return 'plain';
  if (format === 't' || format === 'tar') return 'tar';
  throw new UsageError(`invalid output format "${format}", must be "plain" or "tar"`);
}

function insistOnValue(value: string, complaint: string): string {
  if (value === '') throw new UsageError(complaint);
  return value;
}
