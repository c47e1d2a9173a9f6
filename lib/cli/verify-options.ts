/** The options of bb-verify, pg_verifybackup's and its own, and the task that they describe. */

import { type ChecksumAlgorithm, parseChecksumAlgorithm } from '../manifest/checksum.ts';
import type { ReportForm } from '../verify/report.ts';
import type { PageWish } from '../verify/verification.ts';
import { type Arguments, COMMON_OPTIONS, type OptionTable } from './options.ts';
import type { ProgressForm } from './progress.ts';
import { PROGRESS_OPTION, progressForm } from './shared-options.ts';
import { UsageError } from './trouble.ts';

/** What bb-verify takes. */
export const VERIFY_OPTIONS: OptionTable = {
  tool: 'bb-verify',
  purpose: 'verifies a PostgreSQL base backup against its manifest, and beyond.',
  usage: ['[OPTION]... DIRECTORY', '[OPTION]... [--tee]'],
  maxOperands: 1,
  groups: [
    {
      title: 'Options controlling what is verified',
      options: [
        { name: 'ignore', short: 'i', value: 'PATH', help: 'ignore indicated path' },
        { name: 'manifest-path', short: 'm', value: 'PATH', help: 'use specified path for manifest' },
        {
          name: 'algorithm',
          short: 'a',
          value: 'SHA{224,256,384,512}|CRC32C',
          help: 'the algorithm of the manifest, for a backup on\nstandard input (default: CRC32C)',
        },
        { name: 'no-parse-wal', short: 'n', help: 'do not try to parse WAL files' },
        { name: 'wal-directory', short: 'w', value: 'PATH', help: 'use specified path for WAL files' },
        { name: 'skip-checksums', short: 's', help: 'skip checksum verification' },
        { name: 'page-checksums', help: 'insist on verifying page checksums' },
        { name: 'no-page-checksums', help: 'do not verify page checksums' },
      ],
    },
    {
      title: 'General options',
      options: [
        { name: 'tee', help: 'pass the stream on to standard output' },
        { name: 'exit-on-error', short: 'e', help: 'exit immediately on error' },
        { name: 'format', value: 'text|json', help: 'form of the report (text (default), json)' },
        { name: 'quiet', short: 'q', help: 'do not print any output, except for errors' },
        PROGRESS_OPTION,
        { name: 'verbose', short: 'v', help: 'output verbose messages' },
        ...COMMON_OPTIONS,
      ],
    },
  ],
};

/** What bb-verify is to do. */
export interface VerifyTask {
  readonly places: {
    /** Undefined if the backup is on standard input. */
    readonly directory: string | undefined;
    readonly manifest: string | undefined;
    readonly wal: string | undefined;
  };
  /** Of the manifest of a backup on standard input. */
  readonly algorithm: ChecksumAlgorithm;
  /** Whether to pass on what is on standard input. */
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
  const [directory] = args.operands;
  if (directory === '') throw new UsageError('no backup directory specified');
  checkInput(args, directory);
  const progress = progressForm(args);
  const quiet = args.has('quiet');
  if (quiet && progress !== 'none') throw new UsageError('cannot specify both -P/--progress and -q/--quiet');
  return {
    places: { directory, manifest: args.value('manifest-path'), wal: args.value('wal-directory') },
    algorithm: readAlgorithm(args.value('algorithm') ?? 'CRC32C'),
    tee: args.has('tee'),
    ignore: args.values('ignore'),
    parseWal: !args.has('no-parse-wal'),
    skipChecksums: args.has('skip-checksums'),
    pages: readPageWish(args),
    exitOnError: args.has('exit-on-error'),
    quiet,
    report: readReportForm(args.value('format') ?? 'text'),
    progress,
  };
}

/** Some options are of no use with a directory, and others only with one. */
function checkInput(args: Arguments, directory: string | undefined): void {
  const useless = directory === undefined ? ['wal-directory'] : ['tee', 'algorithm'];
  const given = useless.find((name) => args.has(name));
  if (given === undefined) return;
  const input = directory === undefined ? 'a backup on standard input' : 'a directory';
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

function readReportForm(form: string): ReportForm {
  if (form === 'text' || form === 'json') return form;
  throw new UsageError(`invalid form of report "${form}", must be "text" or "json"`);
}
