/** Findings as text, one a line, and as JSON in the form that bb-stream(1) describes. */

import { lines, type Text, text } from '../../../terminal/text.ts';
import { jsonText } from '../../../terminal/visible.ts';
import type { Finding } from './verdict.ts';

/** Changes when something in the JSON changes its meaning or is removed, but not for additions. */
const JSON_VERSION = 1;
const STATUS_WIDTH = 'warning'.length;

/** `ok       connection: encrypted`, with its newline, and a hint on a line of its own. */
export function textLine({ status, what, detail, hint }: Finding): Text {
  const line = text`${status.padEnd(STATUS_WIDTH)}  ${what}: ${detail}\n`;
  return hint === undefined ? line : text`${line}${' '.repeat(STATUS_WIDTH)}  hint: ${hint}\n`;
}

/** All that was skipped, in one line; undefined if nothing was. */
export function skippedLine(findings: readonly Finding[]): Text | undefined {
  const names = findings.filter(({ status }) => status === 'skipped').map(({ what }) => what);
  return names.length === 0 ? undefined : text`${'skipped'.padEnd(STATUS_WIDTH)}  ${names.join(', ')}\n`;
}

/** One object for all findings, on one line. */
export function jsonReport(findings: readonly Finding[]): Text {
  const checks = findings.map(({ what, status, detail, hint }) => ({
    what,
    status,
    detail,
    ...(hint !== undefined && { hint }),
  }));
  return lines([jsonText({ version: JSON_VERSION, ready: isReady(findings), checks })]);
}

/** Whether nothing prevents a backup. */
export function isReady(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== 'failed');
}
