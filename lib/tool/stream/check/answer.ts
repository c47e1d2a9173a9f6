/** The questions that bb-stream answers instead of taking a backup, on standard output. */

import { TroubleError } from '../../../errors/trouble.ts';
import { Output } from '../../../io/output.ts';
import type { BackupRequest } from '../../../source/server/server.ts';
import type { ConnectionChoice } from '../../../source/server/sessions.ts';
import type { Messages } from '../../../terminal/messages.ts';
import { type Text, text } from '../../../terminal/text.ts';
import type { CheckFormat, Question } from '../question-options.ts';
import { check } from './check.ts';
import { isReady, jsonReport, skippedLine, textLine } from './check-report.ts';
import { estimate } from './estimate.ts';
import { Sessions } from './sessions.ts';
import type { Finding } from './verdict.ts';

/** A question, and what it is asked about. */
export interface Asked {
  readonly question: Question;
  readonly choice: ConnectionChoice;
  readonly request: BackupRequest;
}

/** Answers. Throws TroubleError if there is no answer, or if it is that a backup would fail. */
export async function answer(
  { question, choice, request }: Asked,
  messages: Messages,
  signal: AbortSignal,
): Promise<void> {
  const output = new Output(signal);
  const print = (text: Text) => output.write([text.bytes]);
  const sessions = new Sessions(choice, messages, signal);
  try {
    if (question.kind === 'check') await report(check(request, sessions), question.format, print);
    else {
      messages.info('waiting for checkpoint to complete');
      await print(text`${await estimate(await sessions.replication(), request, signal)}\n`);
    }
  } finally {
    await sessions.close();
  }
}

async function report(
  found: AsyncIterable<Finding>,
  format: CheckFormat,
  print: (text: Text) => Promise<void>,
): Promise<void> {
  const findings: Finding[] = [];
  for await (const finding of found) {
    findings.push(finding);
    if (format === 'text' && finding.status !== 'skipped') await print(textLine(finding));
  }
  const last = format === 'json' ? jsonReport(findings) : skippedLine(findings);
  if (last !== undefined) await print(last);
  if (isReady(findings)) return;
  const failures = findings.filter(({ status }) => status === 'failed').map(({ what }) => what);
  throw new TroubleError(`a backup would fail: ${failures.join(', ')}`);
}
