/** What bb-verify does: chooses the way to verify, gathers what it finds, and reports. */

import { fstatSync } from 'node:fs';
import { UsageError } from '../../errors/trouble.ts';
import { insistOnStream } from '../../filter/insist-on-stream.ts';
import { openOutput, writeAll } from '../../io/output.ts';
import { writeStream } from '../../sink/stream.ts';
import { NoBackupError } from '../../source/no-backup.ts';
import { openBackup } from '../../source/open-backup.ts';
import { openContents } from '../../source/open-contents.ts';
import { openBytes, subjectOf } from '../../source/operand.ts';
import { AbortError } from '../../stream/abort.ts';
import type { Filter } from '../../stream/frame.ts';
import type { Messages } from '../../terminal/messages.ts';
import { verifyStream } from '../../verify/archives/verify-stream.ts';
import { isTarDirectory, verifyTarDirectory } from '../../verify/archives/verify-tar-directory.ts';
import { verifyDirectory } from '../../verify/directory/verify-directory.ts';
import { findManifest, type Manifest } from '../../verify/records/manifest.ts';
import { type Finding, Findings } from '../../verify/shared/findings.ts';
import { IgnoreList } from '../../verify/shared/ignore-list.ts';
import { formatReport } from '../../verify/shared/report.ts';
import { Statistics } from '../../verify/shared/statistics.ts';
import type { Verification } from '../../verify/shared/verification.ts';
import { Progress } from '../progress.ts';
import { ReadProgress } from '../read-progress.ts';
import { isVerdict, noteEnding, throwVerdict } from './verdict.ts';
import type { VerifyTask } from './verify-options.ts';

const PASSED_ON = insistOnStream('--tee takes backup streams only');
const STDIN = 0;
const STDOUT = 1;

/** What a run has besides its task. */
export interface VerifyRun {
  readonly messages: Messages;
  readonly signal: AbortSignal;
}

/**
 * Verifies. Throws BackupError if the backup is not good, and TroubleError if otherwise some of it is of a version that
 * is not known, after everything was told.
 */
export async function runVerifyTask(task: VerifyTask, run: VerifyRun): Promise<void> {
  if (task.places.directory === undefined) await runStream(task, run);
  else await runDirectory(task, task.places.directory, run, verificationFor(task, run));
}

function verificationFor(task: VerifyTask, { messages, signal }: VerifyRun): Verification {
  const tell = ({ message, detail, hint }: Finding) => messages.error(message, { detail, hint });
  return {
    ...task,
    findings: new Findings(tell, task.exitOnError),
    statistics: new Statistics(),
    ignore: new IgnoreList(task.ignore),
    signal,
  };
}

async function runDirectory(
  task: VerifyTask,
  directory: string,
  { messages }: VerifyRun,
  verification: Verification,
): Promise<void> {
  const progress = new ReadProgress(messages, task.progress, { verifies: true });
  try {
    const verify = isTarDirectory(directory, task.format) ? verifyTarDirectory : verifyDirectory;
    await verify({ ...task.places, directory }, { progress, jobs: task.jobs }, verification);
  } catch (error) {
    noteEnding('file', error, verification);
  } finally {
    await progress.end();
  }
  const report = formatReport(task.report, verification.statistics, verification.findings.all);
  if (!task.quiet) await writeAll(STDOUT, [report.bytes]);
  throwVerdict(verification);
}

async function runStream(task: VerifyTask, run: VerifyRun): Promise<void> {
  const { file } = task.places;
  if (file === undefined && isNothing(STDIN))
    throw new UsageError('no backup directory specified, nor is there a backup on standard input');
  const output = task.tee ? openOutput(run.signal) : undefined;
  const open = task.tee ? openBackup : openContents;
  const verified = verifyFrames(task, run)(open(openBytes(file, run.signal), subjectOf(file)));
  if (output !== undefined) await writeStream(PASSED_ON(verified), output);
  else for await (const _frame of verified);
}

/**
 * Verifies the frames that pass, and reports when they have passed. What is wrong is thrown where the end would come, so
 * that the stream ends in an abort.
 */
export function verifyFrames(task: VerifyTask, run: VerifyRun): Filter {
  const progress = new Progress(run.messages, task.progress);
  const verification = verificationFor(task, run);
  const verdict = () => throwVerdict(verification);
  return async function* (frames) {
    try {
      const manifest = givenManifest(task, verification);
      const options = { algorithm: task.algorithm, manifest, wal: task.places.wal };
      yield* noteFindings(verifyStream(options, verification, verdict)(progress.watch(frames)), verification);
    } catch (error) {
      // Where something else has failed, there is nothing to say about the backup.
      if (isVerdict(error)) await reportStream(task, run.messages, verification);
      throw error;
    }
    await reportStream(task, run.messages, verification);
  };
}

/** The manifest that is to be used instead of the backup's, if there is one. */
function givenManifest({ places }: VerifyTask, verification: Verification): Manifest | undefined {
  if (places.manifest === undefined) return undefined;
  let manifest: Manifest | undefined;
  try {
    manifest = findManifest(places.manifest, verification);
  } catch (error) {
    noteEnding('manifest', error, verification);
  }
  if (manifest === undefined) throwVerdict(verification);
  return manifest;
}

/** Whether a descriptor is a terminal, /dev/null or the like. */
function isNothing(fd: number): boolean {
  return fstatSync(fd).isCharacterDevice();
}

async function reportStream(
  task: VerifyTask,
  { standardError }: Messages,
  { statistics, findings }: Verification,
): Promise<void> {
  if (task.quiet) return;
  const report = formatReport(task.report, statistics, findings.all);
  if (task.tee) standardError.write(report);
  else await writeAll(STDOUT, [report.bytes]);
}

/** Forwards everything; what ends the stream because the backup is not good becomes a finding and the verdict. */
async function* noteFindings<Item>(
  items: AsyncIterable<Item>,
  verification: Verification,
): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    if (error instanceof AbortError || error instanceof NoBackupError || isVerdict(error)) throw error;
    noteEnding('stream', error, verification);
    throwVerdict(verification);
  }
}
