/** Whether a data directory is still the backup that was restored there: the judgement of bb-verify, as one error. */

import { BackupError } from '../../errors/backup-error.ts';
import { verifyDirectory } from '../../verify/directory/verify-directory.ts';
import { Findings } from '../../verify/shared/findings.ts';
import { IgnoreList } from '../../verify/shared/ignore-list.ts';
import { Statistics } from '../../verify/shared/statistics.ts';
import type { ReadListener, Verification } from '../../verify/shared/verification.ts';
import { OWN_NAMES } from './names.ts';

/** How thorough to be. */
export interface CheckOptions {
  /** Whether to read all files, and not only to look at their sizes. */
  readonly contents: boolean;
  readonly add: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Throws BackupError, with the first thing that was found. */
export async function checkPredecessor(
  directory: string,
  { contents, add, signal }: CheckOptions,
): Promise<void> {
  const findings = new Findings(() => {}, false);
  const verification: Verification = {
    findings,
    statistics: new Statistics(),
    ignore: new IgnoreList(OWN_NAMES),
    skipChecksums: !contents,
    pages: 'never',
    parseWal: false,
    signal,
  };
  const progress: ReadListener = { begin() {}, add, async end() {} };
  await verifyDirectory(
    { directory, manifest: undefined, wal: undefined },
    { progress, jobs: undefined },
    verification,
  );
  const [first] = findings.all;
  if (first === undefined) return;
  const { message, detail } = first;
  const others = findings.all.length - 1;
  const more = `${others} more ${others === 1 ? 'problem was' : 'problems were'} found.`;
  const remarks = [detail, others === 0 ? undefined : more]
    .filter((remark) => remark !== undefined)
    .join(' ');
  throw new BackupError(`could not apply a backup to directory "${directory}": ${message}`, {
    ...(remarks === '' ? {} : { detail: remarks }),
    hint: 'A backup can only be applied to the one before it, as that was restored.',
  });
}
