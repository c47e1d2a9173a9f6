/**
 * The first connection for replication: whether there is a server, whether it lets us in, and whether we may
 * replicate. One error shows how far we came. The limit on WAL senders comes before all questions about the user
 * (InitProcess() before InitPostgres() in src/backend/tcop/postgres.c), so nothing else is known when it is met.
 */

import { remarksOf } from '../../../errors/remarks.ts';
import type { Connection } from '../../../libpq/connect/connection.ts';
import { ServerError } from '../../../libpq/connect/server-error.ts';
import { missingHbaLine } from './hba-line.ts';
import type { Sessions } from './sessions.ts';
import { type Finding, failed, ok, reasonOf, skipped, type Verdict, withHint } from './verdict.ts';

/** What an admission is about. */
export const ADMISSION = ['connection', 'authentication', 'replication privilege'] as const;
/** What the checks of WAL senders are about; an admission may fail by them. */
export const WAL_SENDERS = 'wal senders';

/** Class 28 is "invalid authorization specification": no pg_hba.conf entry, wrong password, no such role. */
const AUTHORIZATION_CLASS = /^28/;
const INSUFFICIENT_PRIVILEGE = '42501';
const TOO_MANY_CONNECTIONS = '53300';

/** The findings, and the connection if there is one. */
export interface Admission {
  readonly connection: Connection | undefined;
  /** Whether a server has answered at all. */
  readonly answered: boolean;
  readonly findings: readonly Finding[];
}

/** Connects. */
export async function admit(sessions: Sessions): Promise<Admission> {
  const { user } = sessions.settings;
  try {
    const connection = await sessions.replication();
    const transport = ok(connection.encrypted ? 'encrypted' : 'not encrypted');
    const verdicts = [transport, ok(`as user "${user}"`), ok(`user "${user}" may replicate`)];
    return { connection, answered: true, findings: label(ADMISSION, verdicts) };
  } catch (error) {
    sessions.signal.throwIfAborted();
    const refusal = refusalOf(error);
    return { connection: undefined, answered: refusal !== undefined, findings: explain(error, refusal) };
  }
}

/** What the server itself has said; where several were tried, the last of them. */
function refusalOf(error: unknown): ServerError | undefined {
  if (error instanceof ServerError) return error;
  const { cause } = error as Error;
  return cause instanceof ServerError ? cause : undefined;
}

function explain(error: unknown, refusal: ServerError | undefined): Finding[] {
  const complaint = withHint(failed(reasonOf(error)), hintOf(error, refusal));
  const answers = ok('the server answers');
  const unknown = skipped('the server does not let us in');
  const { code = '' } = refusal ?? {};
  if (code === TOO_MANY_CONNECTIONS) {
    return label([...ADMISSION, WAL_SENDERS], [answers, unknown, unknown, complaint]);
  }
  if (code === INSUFFICIENT_PRIVILEGE) return label(ADMISSION, [answers, ok('user is known'), complaint]);
  if (AUTHORIZATION_CLASS.test(code)) return label(ADMISSION, [answers, complaint, unknown]);
  const unreached = skipped('there is no connection');
  return label(ADMISSION, [complaint, unreached, unreached]);
}

/** How to be let in: a line that is missing, or what bb-stream says itself. */
function hintOf(error: unknown, refusal: ServerError | undefined): string | undefined {
  const line = refusal && missingHbaLine(refusal.report.message);
  if (line === undefined) return remarksOf(refusal ?? error).hint;
  return `Add the line "${line}" to pg_hba.conf, and have the server reload it.`;
}

function label(names: readonly string[], verdicts: readonly Verdict[]): Finding[] {
  return names.flatMap((what, index) => {
    const verdict = verdicts[index];
    return verdict === undefined ? [] : [{ what, ...verdict }];
  });
}
