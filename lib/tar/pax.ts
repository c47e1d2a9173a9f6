/**
 * The contents of an extended header of pax: bytes in, records out, each `LENGTH KEYWORD=VALUE` and a newline, where
 * the length counts all of it (pax(1), "pax Interchange Format"). node-tar's parser splits at newlines and skips what
 * it does not understand; here one malformed record makes all of it invalid.
 */

/** A record; its bytes are the whole of it. */
export interface PaxRecord {
  readonly keyword: string;
  readonly value: Buffer;
  readonly bytes: Buffer;
}

const NEWLINE = 0x0a;
const SPACE = ' ';
const LENGTH = /^[1-9][0-9]{0,5}$/;
const LONGEST_LENGTH = 6;

/** The keywords of fields of the member's header. An empty value means that the header's own field counts. */
const FIELDS: ReadonlySet<string> = new Set(['path', 'linkpath', 'size', 'mtime', 'uname', 'gname']);
/** Not needed to read a backup. The device numbers are those that node-tar and star write. */
const IGNORED: ReadonlySet<string> = new Set([
  ...['comment', 'atime', 'ctime', 'uid', 'gid'],
  ...[
    'SCHILY.dev',
    'SCHILY.ino',
    'SCHILY.nlink',
    'SCHILY.fflags',
    'LIBARCHIVE.creationtime',
    'RHT.security.selinux',
  ],
]);
/** Extended attributes of files, as bsdtar and GNU tar write them. A data directory does not depend on them. */
const ATTRIBUTES = ['SCHILY.xattr.', 'SCHILY.acl.', 'LIBARCHIVE.xattr.'];
/** Encodings of names in which a name is the bytes that the file system has. */
const CHARACTER_SETS = ['BINARY', 'ISO-IR 10646 2000 UTF-8'];

/** Reads the records; undefined if one is malformed. */
export function paxRecords(contents: Buffer): readonly PaxRecord[] | undefined {
  const records: PaxRecord[] = [];
  for (let at = 0; at < contents.length; ) {
    const record = readRecord(contents.subarray(at));
    if (record === undefined) return undefined;
    records.push(record);
    at += record.bytes.length;
  }
  return records;
}

/** Whether the record tells a field of the member, can be ignored, or (undefined) may change what the member is. */
export function paxMeaning({ keyword, value }: PaxRecord): 'field' | 'ignored' | undefined {
  if (FIELDS.has(keyword)) return 'field';
  if (keyword === 'hdrcharset') return CHARACTER_SETS.includes(value.toString()) ? 'ignored' : undefined;
  const ignored = IGNORED.has(keyword) || ATTRIBUTES.some((prefix) => keyword.startsWith(prefix));
  return ignored ? 'ignored' : undefined;
}

/** A count of bytes. NaN for anything but digits. */
export function paxNumber(value: Buffer): number {
  return /^[0-9]{1,16}$/.test(value.toString('latin1')) ? Number(value) : Number.NaN;
}

/** A time in whole seconds. NaN for anything but a decimal number. */
export function paxTime(value: Buffer): number {
  return /^-?[0-9]{1,16}(?:\.[0-9]*)?$/.test(value.toString('latin1'))
    ? Math.floor(Number(value))
    : Number.NaN;
}

/** The record that the bytes begin with. */
function readRecord(rest: Buffer): PaxRecord | undefined {
  const space = rest.subarray(0, LONGEST_LENGTH + 1).indexOf(SPACE);
  const digits = rest.toString('latin1', 0, Math.max(space, 0));
  const length = Number(digits);
  if (!LENGTH.test(digits) || length > rest.length || rest[length - 1] !== NEWLINE) return undefined;
  const bytes = rest.subarray(0, length);
  const equals = bytes.indexOf('=', space);
  if (equals <= space + 1) return undefined;
  return { keyword: bytes.toString('utf8', space + 1, equals), value: bytes.subarray(equals + 1, -1), bytes };
}
