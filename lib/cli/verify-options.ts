/** The options of bb-verify, pg_verifybackup's and its own, and the task that they describe. */

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
  usage: ['[OPTION]... DIRECTORY'],
  maxOperands: 1,
  groups: [
    {
      title: 'Options controlling what is verified',
      options: [
        { name: 'ignore', short: 'i', value: 'PATH', help: 'ignore indicated path' },
        { name: 'manifest-path', short: 'm', value: 'PATH', help: 'use specified path for manifest' },
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
    readonly directory: string;
    readonly manifest: string | undefined;
    readonly wal: string | undefined;
  };
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
  if (directory === undefined || directory === '') throw new UsageError('no backup directory specified');
  const progress = progressForm(args);
  const quiet = args.has('quiet');
  if (quiet && progress !== 'none') throw new UsageError('cannot specify both -P/--progress and -q/--quiet');
  return {
    places: { directory, manifest: args.value('manifest-path'), wal: args.value('wal-directory') },
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
