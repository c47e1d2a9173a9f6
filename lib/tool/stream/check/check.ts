/**
 * Whether a backup would work, found out before one is begun: for each precondition a finding, in a fixed order.
 * Nothing stays on the server: slots are temporary and dropped, connections are closed.
 */

import { TroubleError } from '../../../errors/trouble.ts';
import type { BackupRequest } from '../../../source/server/server.ts';
import { ADMISSION, type Admission, admit, WAL_SENDERS } from './admission.ts';
import type { Check, Context } from './context.ts';
import { checkFiles } from './files.ts';
import { Inquiry, UnansweredError } from './inquiry.ts';
import { checkSlot, checkWalSenders } from './senders.ts';
import { checkChecksums, checkIncremental, checkVersion, checkWalLevel } from './server-checks.ts';
import type { Sessions } from './sessions.ts';
import { checkSize, checkTablespaces } from './storage.ts';
import { type Finding, failed, notKnown, reasonOf, skipped, type Verdict } from './verdict.ts';

const CHECKS: readonly Check[] = [
  { what: 'server version', run: checkVersion },
  { what: 'wal level', run: checkWalLevel },
  { what: WAL_SENDERS, run: checkWalSenders },
  { what: 'replication slot', run: checkSlot },
  { what: 'tablespaces', run: checkTablespaces },
  { what: 'files', run: checkFiles },
  { what: 'data checksums', run: checkChecksums },
  { what: 'estimated size', run: checkSize },
  {
    what: 'previous backup',
    run: checkIncremental,
    applies: ({ backup }) => backup.incremental !== undefined,
  },
];

/** Runs all checks. The sessions are the caller's to close. */
export async function* check(
  request: BackupRequest,
  sessions: Sessions,
): AsyncGenerator<Finding, void, undefined> {
  const admission = await admit(sessions);
  const early = new Map(admission.findings.map((finding) => [finding.what, finding]));
  for (const what of ADMISSION) yield early.get(what) ?? { what, ...skipped('it was not reached') };
  const context = { request, sessions, ...(await openInquiry(admission, sessions)) };
  for (const one of CHECKS) {
    if (one.applies?.(request) === false) continue;
    yield early.get(one.what) ?? { what: one.what, ...(await judge(one, context)) };
  }
}

/** Where no server answers, there is no use in trying again. */
async function openInquiry(
  { connection, answered }: Admission,
  sessions: Sessions,
): Promise<Pick<Context, 'connection' | 'inquiry'>> {
  if (!answered) return { connection, inquiry: Inquiry.none('there is no connection') };
  return { connection, inquiry: await Inquiry.open(sessions, connection) };
}

async function judge({ run }: Check, context: Context): Promise<Verdict> {
  try {
    return await run(context);
  } catch (error) {
    context.sessions.signal.throwIfAborted();
    if (error instanceof UnansweredError) {
      return context.connection === undefined ? skipped(error.message) : notKnown(error.message);
    }
    if (error instanceof TroubleError) return failed(reasonOf(error));
    throw error;
  }
}
