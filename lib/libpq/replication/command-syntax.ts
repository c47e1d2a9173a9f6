/**
 * The spelling of replication commands: string literals, names of slots, and option lists in their two grammars.
 *
 * Comes in: option names with values. Goes out: the text of the list, `(LABEL 'x', WAIT 0)` for servers of
 * version 15 and later, `LABEL 'x' NOWAIT` for 13 and 14. The rules are repl_gram.y and repl_scanner.l of the
 * server, and AppendPlainCommandOption and its sisters in streamutil.c of the client.
 */

import assert from 'node:assert';
import { TroubleError } from '../../errors/trouble.ts';
import { SINCE } from '../../postgres/features.ts';

/** One option of a replication command; without a value it is just named. */
export interface CommandOption {
  readonly name: string;
  readonly value?: string | number;
}

/** Options that were flags of another name before version 15, by how they are written now. */
const FLAGS_BEFORE_15 = new Map([
  ["CHECKPOINT 'fast'", 'FAST'],
  ['WAIT 0', 'NOWAIT'],
  ['VERIFY_CHECKSUMS 0', 'NOVERIFY_CHECKSUMS'],
]);

/**
 * Writes a string literal. The replication scanner knows one escape, the doubled quote; a backslash stands
 * for itself whatever standard_conforming_strings says.
 */
export function quoteLiteral(text: string): string {
  assert(!text.includes('\0'), 'a protocol string ends at its first zero byte');
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Writes the name of a replication slot. Within double quotes the scanner knows no escape at all, so a name with
 * one in it cannot be written; the server allows no such slot anyway, and this is its complaint.
 */
export function quoteSlotName(name: string): string {
  assert(!name.includes('\0'), 'a protocol string ends at its first zero byte');
  if (!name.includes('"')) return `"${name}"`;
  throw new TroubleError(`replication slot name "${name}" contains invalid character`, {
    hint: 'Replication slot names may only contain lower case letters, numbers, and the underscore character.',
  });
}

/** Writes an option list for a server of this version, with a leading space; nothing for no options. */
export function formatOptions(options: readonly CommandOption[], serverVersion: number): string {
  if (options.length === 0) return '';
  const written = options.map(formatOption);
  if (serverVersion >= SINCE.parenthesizedOptions) return ` (${written.join(', ')})`;
  return ` ${written.map((option) => FLAGS_BEFORE_15.get(option) ?? option).join(' ')}`;
}

function formatOption({ name, value }: CommandOption): string {
  if (value === undefined) return name;
  return `${name} ${typeof value === 'number' ? value : quoteLiteral(value)}`;
}
