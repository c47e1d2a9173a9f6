/** What bb-verify does: chooses the way to verify, gathers what it finds, and reports. */

import { fstatSync } from 'node:fs';
import { TroubleError, UsageError } from '../../errors/trouble.ts';
import { openOutput, writeAll } from '../../io/output.ts';
import { writeStream } from '../../sink/stream.ts';
import { NoBackupError } from '../../source/no-backup.ts';
import { openBackup } from '../../source/open-backup.ts';
import { openContents } from '../../source/open-contents.ts';
import { openBytes, subjectOf } from '../../source/operand.ts';
import { AbortError } from '../../stream/abort.ts';
import type { Frame } from '../../stream/frame.ts';
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
  const tell = ({ message, detail, hint }: Finding) => run.messages.error(message, { detail, hint });
  const verification: Verification = {
    ...task,
    findings: new Findings(tell, task.exitOnError),
    statistics: new Statistics(),
    ignore: new IgnoreList(task.ignore),
    signal: run.signal,
  };
  if (task.places.directory === undefined) await runStream(task, run, verification);
  else await runDirectory(task, task.places.directory, run, verification);
}

async function runDirectory(
  task: VerifyTask,
  directory: string,
  { messages }: VerifyRun,
  verification: Verification,
): Promise<void> {
  const progress = new ReadProgress(messages, task.progress);
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

/** Whatever is wrong is thrown where the frames come from, so that the stream ends in an abort. */
async function runStream(
  task: VerifyTask,
  { messages, signal }: VerifyRun,
  verification: Verification,
): Promise<void> {
  const { file } = task.places;
  if (file === undefined && isNothing(STDIN))
    throw new UsageError('no backup directory specified, nor is there a backup on standard input');
  const output = task.tee ? openOutput(signal) : undefined;
  const open = task.tee ? openBackup : openContents;
  const frames = new Progress(messages, task.progress).watch(open(openBytes(file, signal), subjectOf(file)));
  const verdict = () => throwVerdict(verification);
  try {
    const manifest = givenManifest(task, verification);
    const options = { algorithm: task.algorithm, manifest, wal: task.places.wal };
    const verified = noteFindings(verifyStream(options, verification, verdict)(frames), verification);
    if (output !== undefined) await writeStream(insistOnStream(verified), output);
    else for await (const _frame of verified);
  } catch (error) {
    // Where something else has failed, there is nothing to say about the backup.
    if (!isVerdict(error)) throw error;
    await reportStream(task, messages, verification);
    throw error;
  }
  await reportStream(task, messages, verification);
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

/** Forwards everything. Throws TroubleError for a tar, which says too little to make a backup stream of it. */
async function* insistOnStream(frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
  let begun = false;
  for await (const frame of frames) {
    if (frame.type === 'archive' && !begun)
      throw new TroubleError('could not pass on a tar: --tee takes backup streams only');
    begun = true;
    yield frame;
  }
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
