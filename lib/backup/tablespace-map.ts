/**
 * The file tablespace_map in a base backup: one line a tablespace, its OID, one space and its location, where
 * a backslash stands before each newline, carriage return and backslash of the location. When recovery begins,
 * PostgreSQL makes the links in pg_tblspc anew from it, so whoever moves a tablespace must rewrite it.
 * Written by do_pg_backup_start() in src/backend/access/transam/xlog.c, read by read_tablespace_map() in
 * xlogrecovery.c. Tablespaces that live in pg_tblspc itself have no line.
 */

import { BackupError } from './error.ts';

/** The member of base.tar, and file in the data directory, that holds the map. */
export const TABLESPACE_MAP = 'tablespace_map';

/** Location by OID, in the order of the file. */
export type TablespaceMap = ReadonlyMap<number, string>;

const ENTRY = /^([1-9][0-9]{0,9}) (.+)$/s;
const MAX_OID = 0xffffffff;

/** Reads the file's contents; throws BackupError where PostgreSQL would refuse them, or an OID is none. */
export function parseTablespaceMap(bytes: Buffer): TablespaceMap {
  const map = new Map<number, string>();
  for (const line of unescapedLines(decode(bytes))) {
    const [, digits, location] = ENTRY.exec(line) ?? [];
    const oid = Number(digits);
    if (location === undefined || oid > MAX_OID)
      throw invalid(`The line ${JSON.stringify(line)} is no entry.`);
    if (map.has(oid)) throw invalid(`Tablespace ${oid} stands there twice.`);
    map.set(oid, location);
  }
  return map;
}

/** Lays the map out as the server does. */
export function formatTablespaceMap(map: TablespaceMap): Buffer {
  const lines = [...map].map(([oid, location]) => `${oid} ${location.replace(/[\n\r\\]/g, '\\$&')}\n`);
  return Buffer.from(lines.join(''));
}

/** The lines without their escapes. A line ends at a newline or carriage return that is not escaped. */
function unescapedLines(text: string): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest !== '') {
    const [line = ''] = /^(?:[^\n\r\\]|\\.)*/s.exec(rest) ?? [];
    const end = rest[line.length];
    if (end !== '\n' && end !== '\r') throw invalid('The last line is not terminated.');
    if (line !== '') lines.push(line.replace(/\\(.)/gs, '$1'));
    rest = rest.slice(line.length + 1);
  }
  return lines;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalid('It is not encoded in UTF-8.', cause);
  }
}

function invalid(detail: string, cause?: unknown): BackupError {
  return new BackupError(`invalid data in file "${TABLESPACE_MAP}"`, { detail, cause });
}
