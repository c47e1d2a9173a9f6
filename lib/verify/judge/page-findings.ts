/** Findings from what was seen of the pages of a relation file. */

import type { PageReport } from '../../page/page-report.ts';
import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import type { Verification } from '../shared/verification.ts';

/** Counts the pages, and tells of bad ones: the first few, then how many there are besides. */
export function reportPages(
  path: string,
  report: PageReport,
  backupEnd: Lsn | undefined,
  { statistics, findings }: Verification,
): void {
  statistics.addPages(report);
  const add = (message: string) => findings.add({ check: 'page', path, message });
  const failed = `checksum verification failed in file "${path}"`;
  for (const { block, expected, calculated } of report.firstBad) {
    const contrast = `calculated checksum ${hex(calculated)} but expected ${hex(expected)}`;
    add(`${failed}, block ${block}: ${contrast}`);
  }
  const more = report.bad - report.firstBad.length;
  if (more > 0) add(`${failed} for ${more} more ${more === 1 ? 'block' : 'blocks'}`);
  if (report.malformed !== undefined) add(report.malformed);
  // Such a page would have been left out of the check as one that replay makes whole, and replay never gets there.
  if (backupEnd !== undefined && report.newest > backupEnd)
    add(
      `file "${path}" has a page with LSN ${formatLsn(report.newest)}, but the backup ends at ${formatLsn(backupEnd)}`,
    );
}

/** As pg_checksums prints them. */
function hex(checksum: number): string {
  return checksum.toString(16).toUpperCase();
}
