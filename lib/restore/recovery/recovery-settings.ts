/**
 * Settings as lines of a configuration file of the server: names and values in, text for postgresql.auto.conf out.
 * Quoted as escape_single_quotes_ascii() in src/port/quotes.c does for pg_basebackup -R and ALTER SYSTEM; the
 * server reads it with the grammar in src/backend/utils/misc/guc-file.l.
 */

import { UsageError } from '../../errors/trouble.ts';

/** A setting's name and its value. */
export type Setting = readonly [name: string, value: string];

/** Lays settings out, a line each. Throws UsageError for a value that no configuration file can hold. */
export function formatSettings(settings: readonly Setting[]): string {
  return settings.map(([name, value]) => `${name} = '${quoted(name, value)}'\n`).join('');
}

/** A line ends at a newline, in quotes or not. */
function quoted(name: string, value: string): string {
  if (/[\n\r]/.test(value)) throw new UsageError(`value of setting "${name}" must not contain a newline`);
  return value.replace(/['\\]/g, '$&$&');
}
