/**
 * The report at the end: what was checked, with counts, and what was not, with reasons; as text, or as one JSON object
 * whose form bb-verify(1) describes.
 */

import { lines, type Text } from '../../terminal/text.ts';
import { formatSize } from '../../terminal/units.ts';
import { jsonText } from '../../terminal/visible.ts';
import type { Finding } from './findings.ts';
import type { Statistics } from './statistics.ts';

/** Raised when a field changes its meaning or goes away; new fields do not count. */
const JSON_VERSION = 1;

/** How the report is written. */
export type ReportForm = 'text' | 'json';

/** Lays out the report, with its final newline. */
export function formatReport(form: ReportForm, statistics: Statistics, findings: readonly Finding[]): Text {
  return form === 'json' ? jsonReport(statistics, findings) : textReport(statistics, findings);
}

function jsonReport(statistics: Statistics, findings: readonly Finding[]): Text {
  const { files, checksums, pages, wal, parts, notChecked, newer: newerVersions } = statistics;
  const { good, empty, newer, halfEmpty, bad } = pages;
  const report = {
    version: JSON_VERSION,
    verified: isVerified(statistics, findings),
    findings,
    checked: { files, checksums, pages: { good, empty, bad }, wal, parts },
    not_checked: { newer_pages: newer, half_empty_pages: halfEmpty, others: notChecked },
    newer_versions: newerVersions,
  };
  return lines([jsonText(report)]);
}

function textReport(statistics: Statistics, findings: readonly Finding[]): Text {
  const verdict = isVerified(statistics, findings) ? ['backup successfully verified'] : [];
  const parts = [
    ...checkedLines(statistics).map((line) => `checked: ${line}`),
    ...skippedLines(statistics).map((line) => `not checked: ${line}`),
  ];
  return lines([...verdict, ...parts]);
}

function isVerified({ newer }: Statistics, findings: readonly Finding[]): boolean {
  return findings.length === 0 && newer.length === 0;
}

function checkedLines({ files, checksums, pages, wal, parts }: Statistics): string[] {
  const counted = [`${count(files.count, 'file')} by name and size, ${formatSize(files.bytes)}`];
  if (checksums.count > 0)
    counted.push(`${count(checksums.count, 'file')} by checksum, ${formatSize(checksums.bytes)}`);
  const seen = pages.good + pages.empty + pages.bad;
  if (seen > 0)
    counted.push(`${count(seen, 'page')}, of which ${pages.empty} ${pages.empty === 1 ? 'is' : 'are'} empty`);
  if (wal.ranges > 0) counted.push(`${count(wal.records, 'record')} of WAL, ${formatSize(wal.bytes)}`);
  return [...counted, ...parts];
}

function skippedLines({ pages, notChecked }: Statistics): string[] {
  const skipped = notChecked.map(({ what, why }) => `${what} (${why})`);
  if (pages.newer > 0) skipped.push(`${count(pages.newer, 'page')} (changed since the backup began)`);
  if (pages.halfEmpty > 0) skipped.push(`${count(pages.halfEmpty, 'page')} (with an empty header)`);
  return skipped;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
