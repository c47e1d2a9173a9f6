/**
 * The abort: an ErrorResponse in the backup stream, by which a producer says that the backup has failed and
 * why. Read, it is thrown as AbortError; a filter that fails writes one (encode.ts), its own or the one it met.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { Wire } from './frame.ts';
import type { Report } from './server-report.ts';

/** The upstream failed and said why. It has shown its hint to the user itself, so the hint stays in the report. */
export class AbortError extends BackupError {
  readonly report: Report;
  /** The message as it came, to be passed on untouched. */
  readonly wire: Wire;

  constructor(report: Report, wire: Wire) {
    super(`backup was aborted upstream: ${report.message}`, {
      ...(report.detail === undefined ? {} : { detail: report.detail }),
    });
    this.name = 'AbortError';
    this.report = report;
    this.wire = wire;
  }
}
