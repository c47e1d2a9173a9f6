/**
 * Why an attempt to connect failed, and what may still work: the other kind of encryption, another address, another
 * host, or nothing. The decisions are those of PQconnectPoll in libpq's fe-connect.c, and so is the wording.
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { Report } from '../../stream/server-report.ts';
import type { Endpoint } from '../conninfo/endpoint.ts';
import type { AttemptPlan } from './attempt-plan.ts';
import { asTrouble, isServerReport } from './connection-failure.ts';
import { TimeoutError } from './deadline.ts';
import { ServerError, toReport } from './server-error.ts';
import { TlsUnavailableError } from './wire.ts';

const INVALID_PASSWORD = '28P01';
const CANNOT_CONNECT_NOW = '57P03';

const UNREACHABLE_HINTS: Readonly<Record<Endpoint['kind'], string>> = {
  socket: 'Is the server running locally and accepting connections on that socket?',
  tcp: 'Is the server running on that host and accepting TCP/IP connections?',
};

/** What is left to try after a failure: something else at ... */
export type Reach = 'encryption' | 'address' | 'host' | 'all';

/** An attempt failed. */
export class AttemptError extends Error {
  readonly trouble: TroubleError;
  readonly reach: Reach;
  /** Whether the server only lacks TLS, which is not reported if a plain connection works. */
  readonly withoutTls: boolean;

  constructor(trouble: TroubleError, reach: Reach, withoutTls = false) {
    super(trouble.message, { cause: trouble });
    this.name = 'AttemptError';
    this.trouble = trouble;
    this.reach = reach;
    this.withoutTls = withoutTls;
  }
}

/** How far an attempt had come: whether the start-up message was sent, and the file the password was from. */
export interface Progress {
  readonly started: boolean;
  readonly file: string | undefined;
}

/** Words a failure and says what is left to try. */
export function explainFailure(plan: AttemptPlan, error: Error, progress: Progress): AttemptError {
  const { failure, kind } = plan.endpoint;
  if (isServerReport(error)) {
    const reach = error.code === CANNOT_CONNECT_NOW ? 'host' : 'encryption';
    return new AttemptError(
      new ServerError(failure, withPasswordFile(toReport(error), progress.file)),
      reach,
    );
  }
  if (error instanceof TimeoutError) return new AttemptError(asTrouble(failure, error), 'address');
  if (isUnreachable(error)) {
    const { message } = asTrouble(failure, error);
    return new AttemptError(
      new TroubleError(message, { hint: UNREACHABLE_HINTS[kind], cause: error }),
      'address',
    );
  }
  const reach = plan.encryption === 'tls' && !progress.started ? 'encryption' : 'all';
  return new AttemptError(asTrouble(failure, error), reach, error instanceof TlsUnavailableError);
}

function isUnreachable(error: NodeJS.ErrnoException): boolean {
  return error.syscall === 'connect';
}

/** Says where a password was from that the server did not accept. */
function withPasswordFile(report: Report, file: string | undefined): Report {
  if (report.code !== INVALID_PASSWORD || file === undefined) return report;
  return { ...report, detail: `password retrieved from file "${file}"` };
}
