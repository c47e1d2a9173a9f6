/**
 * Settings as lines of a configuration file of the server: names and values in, text for postgresql.auto.conf out.
 * Quoted as escape_single_quotes_ascii() in src/port/quotes.c does for pg_basebackup -R and ALTER SYSTEM; the
 * server reads it with the grammar in src/backend/utils/misc/guc-file.l.
 */

import assert from 'node:assert';

/** A setting's name and its value. */
export type Setting = readonly [name: string, value: string];

/** Lays settings out, a line each. The caller has made sure that no value has several lines. */
export function formatSettings(settings: readonly Setting[]): string {
  return settings.map(([name, value]) => `${name} = '${quoted(name, value)}'\n`).join('');
}

/** Whether a value fits into a configuration file, where a line ends at a newline, in quotes or not. */
export function isOneLine(value: string): boolean {
  return !/[\n\r]/.test(value);
}

function quoted(name: string, value: string): string {
  assert(isOneLine(value), `value of setting "${name}" has several lines`);
  return value.replace(/['\\]/g, '$&$&');
}
