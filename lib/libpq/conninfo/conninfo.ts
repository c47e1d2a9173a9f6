/**
 * Connection strings: `host=db1 user=backup` and `postgresql://backup@db1`, to keywords and values.
 *
 * This file reads the keyword/value form (conninfo_parse in libpq's fe-connect.c) and sends URIs to conninfo-uri.ts.
 * Only what the string says comes out, no defaults; keywords are known to libpq, values are not looked at. Complaints
 * are worded as libpq's, but where libpq quotes text that could be part of a password, they give the position.
 */

import { TroubleError } from '../../errors/trouble.ts';
import { isUri, parseUri } from './conninfo-uri.ts';
import { type Conninfo, hasSecret, isKnown, storeValue } from './keywords.ts';

/** Parses a connection string of either form. Throws TroubleError. */
export function parseConninfo(text: string): Conninfo {
  return isUri(text) ? parseUri(text) : parseKeywordValues(text);
}

function parseKeywordValues(text: string): Conninfo {
  const values = new Map<string, string>();
  const cursor = { text, position: 0 };
  for (skipBlanks(cursor); cursor.position < text.length; skipBlanks(cursor)) {
    const start = cursor.position;
    const name = readName(cursor, values);
    if (!isKnown(name)) throw unknown(name, start, values);
    skipBlanks(cursor);
    const value = text[cursor.position] === "'" ? readQuoted(cursor) : readBare(cursor);
    storeValue(values, name, value);
  }
  return values;
}

interface Cursor {
  readonly text: string;
  position: number;
}

const BLANK = /[ \t\n\v\f\r]*/y;
/** Up to a blank or "=", then blanks, then the "=" that must follow. */
const NAME = /([^= \t\n\v\f\r]*)[ \t\n\v\f\r]*(=?)/y;
const BARE = /(?:\\.?|[^\\ \t\n\v\f\r])*/sy;
const QUOTED = /'((?:\\.|[^\\'])*)'/sy;

function skipBlanks(cursor: Cursor): void {
  match(cursor, BLANK);
}

function unknown(name: string, start: number, before: Conninfo): TroubleError {
  const shown = mayBeShown(name, before) ? `"${name}"` : `at character ${start + 1}`;
  return new TroubleError(`invalid connection option ${shown}`);
}

function readName(cursor: Cursor, before: Conninfo): string {
  const start = cursor.position;
  const [, name = '', equals] = match(cursor, NAME) ?? [];
  if (equals) return name;
  const shown = mayBeShown(name, before) ? `"${name}"` : `the word at character ${start + 1}`;
  throw new TroubleError(`missing "=" after ${shown} in connection info string`);
}

/** False for text that could be the rest of a password, or a URI. */
function mayBeShown(name: string, before: Conninfo): boolean {
  return /^\w*$/.test(name) && !hasSecret(before);
}

function readBare(cursor: Cursor): string {
  return dropBackslashes(match(cursor, BARE)?.[0] ?? '');
}

function readQuoted(cursor: Cursor): string {
  const quoted = match(cursor, QUOTED)?.[1];
  if (quoted === undefined) throw new TroubleError('unterminated quoted string in connection info string');
  return dropBackslashes(quoted);
}

/** A backslash makes the next character an ordinary one; at the very end it stands for nothing. */
function dropBackslashes(text: string): string {
  return text.replace(/\\(.?)/gs, '$1');
}

function match(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = cursor.position;
  const found = pattern.exec(cursor.text);
  if (found) cursor.position = pattern.lastIndex;
  return found;
}
