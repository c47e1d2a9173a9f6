/**
 * The file tablespace_map in a base backup: one line a tablespace, its OID, one space and its location, where
 * a backslash stands before each newline, carriage return and backslash of the location. When recovery begins,
 * PostgreSQL makes the links in pg_tblspc anew from it, so whoever moves a tablespace must rewrite it.
 * Written by do_pg_backup_start() in src/backend/access/transam/xlog.c, read by read_tablespace_map() in
 * xlogrecovery.c. Tablespaces that live in pg_tblspc itself have no line.
 */

import { BackupError } from '../errors/backup-error.ts';
import { quoted } from '../terminal/visible.ts';
import { TABLESPACE_MAP } from './data-directory.ts';
import { SINCE, serverVersion } from './features.ts';
import { MAX_OID } from './limits.ts';
import { NEWEST_MAJOR } from './versions.ts';

/** So large that it bounds nothing real, so small that it can be held in memory. */
export const MAX_TABLESPACE_MAP_BYTES = 16 * 1024 * 1024;

/** More tablespaces than any cluster has: all are kept in memory, so they must end somewhere. */
export const MAX_TABLESPACES = 65536;

/** Location by OID, in the order of the file. */
export type TablespaceMap = ReadonlyMap<number, string>;

const ENTRY = /^([1-9][0-9]{0,9}) (.+)$/s;
/** Longest line, where a character with its escape counts as one: more than an OID and MAXPGPATH. */
const MAX_LINE = 2048;
const LINE = `(?:[^\\n\\r\\\\]|\\\\.){0,${MAX_LINE}}`;

/** Reads the file's contents; throws BackupError where PostgreSQL would refuse them, or an OID is none. */
export function parseTablespaceMap(bytes: Buffer): TablespaceMap {
  const map = new Map<number, string>();
  for (const line of unescapedLines(decode(bytes))) {
    const [, digits, location] = ENTRY.exec(line) ?? [];
    const oid = Number(digits);
    if (location === undefined || oid > MAX_OID) throw invalid(`The line ${quoted(line)} is no entry.`);
    if (map.has(oid)) throw invalid(`Tablespace ${oid} stands there twice.`);
    if (map.size === MAX_TABLESPACES) throw invalid(`It has more than ${MAX_TABLESPACES} tablespaces.`);
    map.set(oid, location);
  }
  return map;
}

/** Lays the map out as the server does. One of version 13 escapes no backslashes, and locations have nothing else to escape. */
export function formatTablespaceMap(map: TablespaceMap, major = NEWEST_MAJOR): Buffer {
  const escaped = serverVersion(major) >= SINCE.escapedTablespaceMap;
  const lines = [...map].map(([oid, location]) => {
    return `${oid} ${escaped ? location.replace(/[\n\r\\]/g, '\\$&') : location}\n`;
  });
  return Buffer.from(lines.join(''));
}

/** Throws BackupError unless the map has the tablespaces of the backup, those with a link, at their locations. */
export function insistOnAgreement(map: TablespaceMap, listed: TablespaceMap): void {
  for (const [oid, location] of map) {
    const known = listed.get(oid);
    if (known === undefined) {
      throw disagreement(`It names tablespace ${oid} at "${location}", of which there is no archive.`);
    }
    if (known !== location) {
      throw disagreement(`It has tablespace ${oid} at "${location}", the list at "${known}".`);
    }
  }
  for (const oid of listed.keys()) {
    if (!map.has(oid)) throw disagreement(`It does not name tablespace ${oid}.`);
  }
}

/** The file's contents with some tablespaces at other locations; the contents themselves if all is as it was. */
export function relocateTablespaceMap(contents: Buffer, targets: TablespaceMap): Buffer {
  const map = parseTablespaceMap(contents);
  const moved = new Map([...map].map(([oid, location]) => [oid, targets.get(oid) ?? location]));
  const same = [...map].every(([oid, location]) => moved.get(oid) === location);
  return same ? contents : formatTablespaceMap(moved);
}

/** The lines without their escapes. A line ends at a newline or carriage return that is not escaped. */
function* unescapedLines(text: string): Generator<string, void, undefined> {
  const pattern = new RegExp(LINE, 'sy');
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const [line = ''] = pattern.exec(text) ?? [];
    const end = text[start + line.length];
    if (end !== '\n' && end !== '\r') {
      throw invalid(line.length < MAX_LINE ? 'The last line is not terminated.' : 'A line is too long.');
    }
    if (line !== '') yield line.replace(/\\(.)/gs, '$1');
    pattern.lastIndex = start + line.length + 1;
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalid('It is not encoded in UTF-8.', cause);
  }
}

function disagreement(detail: string): BackupError {
  return new BackupError(`file "${TABLESPACE_MAP}" does not agree with the tablespaces of the backup`, {
    detail,
  });
}

function invalid(detail: string, cause?: unknown): BackupError {
  return new BackupError(`invalid data in file "${TABLESPACE_MAP}"`, { detail, cause });
}
