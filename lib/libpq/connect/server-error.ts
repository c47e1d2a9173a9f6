/**
 * Errors and notices of a server, as values and as an exception: the fields of ErrorResponse and NoticeResponse
 * (manual, "Error and Notice Message Fields") that users are shown.
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { Report } from '../../stream/server-report.ts';

/** The fields as pg-protocol hands them over: DatabaseError and NoticeMessage both have them. */
export interface ReportFields {
  readonly severity: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
}

/** The server refused or failed: an ErrorResponse to an act of ours. */
export class ServerError extends TroubleError {
  readonly report: Report;
  readonly severity: string;
  /** The SQLSTATE. */
  readonly code: string;

  /** The act as in `could not start base backup`. */
  constructor(act: string, report: Report, cause?: unknown) {
    const { detail, hint } = report;
    super(`${act}: ${report.severity}:  ${report.message}`, {
      ...(detail === undefined ? {} : { detail }),
      ...(hint === undefined ? {} : { hint }),
      cause,
    });
    this.name = 'ServerError';
    this.report = report;
    this.severity = report.severity;
    this.code = report.code;
  }
}

/** Makes a report of the fields of a message; a server that leaves out a mandatory field gets a stand-in. */
export function toReport(fields: ReportFields): Report {
  return {
    severity: fields.severity ?? 'ERROR',
    code: fields.code ?? 'XX000',
    message: fields.message || 'missing error text',
    ...(fields.detail === undefined ? {} : { detail: fields.detail }),
    ...(fields.hint === undefined ? {} : { hint: fields.hint }),
  };
}
