/** What bb-verify does: chooses the way to verify, gathers what it finds, and reports. */

import { BackupError } from '../backup/error.ts';
import type { Messages } from '../cli/messages.ts';
import type { VerifyTask } from '../cli/verify-options.ts';
import { writeAll } from '../io/output.ts';
import { Account } from './account.ts';
import { verifyDirectory } from './directory.ts';
import { Findings, FirstFindingError } from './findings.ts';
import { IgnoreList } from './ignore-list.ts';
import { ReadProgress } from './read-progress.ts';
import { formatReport } from './report.ts';
import type { Verification } from './verification.ts';

const STDOUT = 1;

/** Verifies. Throws BackupError if the backup is not good, after everything was told. */
export async function runVerifyTask(
  task: VerifyTask,
  tool: string,
  { messages, signal }: { readonly messages: Messages; readonly signal: AbortSignal },
): Promise<void> {
  const findings = new Findings(
    ({ message, detail }) => messages.error(message, { detail }),
    task.exitOnError,
  );
  const verification: Verification = {
    ...task,
    findings,
    account: new Account(),
    ignore: new IgnoreList(task.ignore),
    signal,
  };
  await untilStopped(findings, () =>
    verifyDirectory(task.places, new ReadProgress(tool, task.progress), verification),
  );
  if (!task.quiet)
    await writeAll(STDOUT, [Buffer.from(formatReport(task.report, verification.account, findings.all))]);
  throwVerdict(findings);
}

/** Goes on until there is nothing more to check, or a finding that makes it useless to go on. */
async function untilStopped(findings: Findings, verify: () => Promise<void>): Promise<void> {
  try {
    await verify();
  } catch (error) {
    if (error instanceof FirstFindingError) return;
    if (!(error instanceof BackupError)) throw error;
    try {
      findings.addError('manifest', error);
    } catch {
      // It was to stop here anyway.
    }
  }
}

function throwVerdict({ all }: Findings): void {
  if (all.length === 0) return;
  throw new BackupError(
    `backup verification failed: ${all.length} ${all.length === 1 ? 'problem' : 'problems'} found`,
  );
}
