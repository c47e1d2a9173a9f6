/** The options of bb-verify, pg_verifybackup's and its own, and the task that they describe. */

import { UsageError } from '../../errors/trouble.ts';
import { type ChecksumAlgorithm, parseChecksumAlgorithm } from '../../manifest/checksum.ts';
import { isFile } from '../../source/operand.ts';
import { isS3 } from '../../store/place.ts';
import type { ProgressForm } from '../../terminal/progress-display.ts';
import type { ReportForm } from '../../verify/shared/report.ts';
import type { BackupFormat, PageWish } from '../../verify/shared/verification.ts';
import { VERIFY_HABITS } from '../habits.ts';
import { parseInteger } from '../integer.ts';
import type { Arguments, OptionTable } from '../options.ts';
import { COMMON_OPTIONS, inputOperand, progressForm } from '../shared-options.ts';

const MAX_JOBS = 64;

/** What bb-verify takes. */
export const VERIFY_OPTIONS: OptionTable = {
  tool: 'bb-verify',
  purpose: 'verifies a PostgreSQL base backup: its manifest, files, pages and WAL.',
  usage: ['[OPTION]... DIRECTORY', '[OPTION]... [--tee] [FILE]'],
  example: 'ssh db1 bb-stream | bb-verify --tee -q | bb-split -D /backup/db1',
  maxOperands: 1,
  habits: VERIFY_HABITS,
  groups: [
    {
      title: 'Options controlling what is verified',
      options: [
        {
          name: 'format',
          short: 'F',
          value: 'p|t|text|json',
          help: 'backup format (plain, tar), or form of the report\n(text (default), json)',
        },
        { name: 'ignore', short: 'i', value: 'PATH', help: 'ignore indicated path' },
        { name: 'manifest-path', short: 'm', value: 'PATH', help: 'use specified path for manifest' },
        {
          name: 'algorithm',
          short: 'a',
          value: 'SHA{224,256,384,512}|CRC32C',
          help: 'checksum algorithm of the manifest of a stream or tar\n(default: CRC32C)',
        },
        { name: 'no-parse-wal', short: 'n', help: 'do not try to parse WAL files' },
        {
          name: 'wal-path',
          short: 'w',
          value: 'PATH',
          help: 'use specified path for WAL files\n(a directory, or a tar, compressed or not)',
        },
        {
          name: 'wal-directory',
          value: 'PATH',
          sameAs: 'wal-path',
          help: 'older name of --wal-path',
        },
        { name: 'skip-checksums', short: 's', help: 'skip checksum verification' },
        { name: 'page-checksums', help: 'insist on verifying page checksums' },
        { name: 'no-page-checksums', help: 'do not verify page checksums' },
      ],
    },
    {
      title: 'General options',
      options: [
        { name: 'tee', help: 'pass the stream on to standard output' },
        { name: 'jobs', short: 'j', value: 'NUM', help: 'use this many threads to read a data directory' },
        { name: 'exit-on-error', short: 'e', help: 'exit immediately on error' },
        { name: 'quiet', short: 'q', help: 'do not print any output, except for errors' },
        ...COMMON_OPTIONS,
      ],
    },
  ],
};

/** What bb-verify is to do. */
export interface VerifyTask {
  readonly places: {
    /** Undefined if the backup is a file, or on standard input. */
    readonly directory: string | undefined;
    /** Undefined if the backup is a directory, or on standard input. */
    readonly file: string | undefined;
    readonly manifest: string | undefined;
    readonly wal: string | undefined;
  };
  /** Of the backup in the directory; undefined if that is to be found out. */
  readonly format: BackupFormat | undefined;
  /** How many threads read a data directory; undefined for as many as there are processors. */
  readonly jobs: number | undefined;
  /** Of the manifest of a backup that is no directory. */
  readonly algorithm: ChecksumAlgorithm;
  /** Whether to pass on the stream. */
  readonly tee: boolean;
  readonly ignore: readonly string[];
  readonly parseWal: boolean;
  readonly skipChecksums: boolean;
  readonly pages: PageWish;
  readonly exitOnError: boolean;
  readonly quiet: boolean;
  readonly report: ReportForm;
  readonly progress: ProgressForm;
}

/** Reads the task from the options. Throws UsageError for options that do not go together. */
export function readVerifyTask(args: Arguments): VerifyTask {
  const operand = inputOperand(args);
  if (operand === '') throw new UsageError('no backup directory specified');
  const file = isFile(operand) ? operand : undefined;
  const directory = file === undefined ? operand : undefined;
  checkInput(args, directory);
  const formats = readFormats(args);
  if (isS3(directory ?? '') && formats.some((format) => backupFormat(format) === 'plain'))
    throw new UsageError('a backup in an object store is in tar format');
  const progress = progressForm(args);
  const quiet = args.has('quiet');
  const jobs = args.value('jobs');
  if (quiet && progress !== 'none') throw new UsageError('cannot specify both -P/--progress and -q/--quiet');
  return {
    places: { directory, file, manifest: args.value('manifest-path'), wal: args.value('wal-path') },
    format: formats.map(backupFormat).findLast((format) => format !== undefined),
    jobs: jobs === undefined ? undefined : parseInteger(jobs, '-j/--jobs', 1, MAX_JOBS),
    algorithm: readAlgorithm(args.value('algorithm') ?? 'CRC32C'),
    tee: args.has('tee'),
    ignore: args.values('ignore'),
    parseWal: !args.has('no-parse-wal'),
    skipChecksums: args.has('skip-checksums'),
    pages: readPageWish(args),
    exitOnError: args.has('exit-on-error'),
    quiet,
    report: formats.findLast(isReportForm) ?? 'text',
    progress,
  };
}

/** Some options are of no use with a directory, and others only with one. */
function checkInput(args: Arguments, directory: string | undefined): void {
  const useless = directory === undefined ? ['jobs'] : ['tee', 'algorithm'];
  if (directory === undefined && args.values('format').some((name) => backupFormat(name) !== undefined))
    throw new UsageError('a backup format goes with a directory only');
  const given = useless.find((name) => args.has(name));
  if (given === undefined) return;
  const input = directory === undefined ? 'a backup on standard input or in a file' : 'a directory';
  throw new UsageError(`--${given} does not go with ${input}`);
}

function readAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = parseChecksumAlgorithm(name);
  if (algorithm !== undefined && algorithm !== 'NONE') return algorithm;
  throw new UsageError(`unrecognized checksum algorithm: "${name}"`);
}

function readPageWish(args: Arguments): PageWish {
  const insist = args.has('page-checksums');
  const never = args.has('no-page-checksums');
  if (insist && never) throw new UsageError('cannot specify both --page-checksums and --no-page-checksums');
  if (insist) return 'insist';
  return never ? 'never' : 'auto';
}

/** The formats of a backup and the forms of a report have one option, since pg_verifybackup has taken its name. */
function readFormats(args: Arguments): readonly string[] {
  const formats = args.values('format');
  const unknown = formats.find((format) => backupFormat(format) === undefined && !isReportForm(format));
  if (unknown !== undefined)
    throw new UsageError(`invalid backup format "${unknown}", must be "plain" or "tar"`, {
      hint: 'The form of the report is "text" or "json".',
    });
  return formats;
}

function isReportForm(name: string): name is ReportForm {
  return name === 'text' || name === 'json';
}

function backupFormat(name: string): BackupFormat | undefined {
  if (name === 'p' || name === 'plain') return 'plain';
  return name === 't' || name === 'tar' ? 'tar' : undefined;
}
