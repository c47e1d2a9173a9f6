/**
 * The messages of a backup stream, byte by byte as the PostgreSQL manual describes them ("Message Formats", and
 * BASE_BACKUP in "Streaming Replication Protocol"). They are independent of lib/stream, which is tested with them.
 */

const TEXT_OID = 25;
const INT8_OID = 20;
const OID_OID = 26;

/** Byte1 type, Int32 length that includes itself, payload. */
export function message(type: string, ...payload: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(payload);
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(4 + bytes.length), bytes]);
}

/** ParameterStatus (S): String name, String value. */
export const ParameterStatus = (name: string, value: string) => message('S', string(name), string(value));

/**
 * RowDescription (T): Int16 count; for each a String name, Int32 table, Int16 column, Int32 type, Int16 size,
 * Int32 modifier, Int16 format.
 */
export const RowDescription = (...names: readonly string[]) =>
  message('T', int16(names.length), ...names.map(field));

/** DataRow (D): Int16 count; each an Int32 length, -1 for NULL, and the text. */
export const DataRow = (...values: readonly (string | null)[]) =>
  message('D', int16(values.length), ...values.map(column));

/** CommandComplete (C): String tag. */
export const CommandComplete = (tag: string) => message('C', string(tag));

/** CopyOutResponse (H): Int8 0 (text), Int16 0 (columns). */
export const CopyOutResponse = () => message('H', Buffer.of(0), int16(0));

/** CopyDone (c). */
export const CopyDone = () => message('c');

/** CopyData (d) of a kind: Byte1 kind, and what follows it. */
export const CopyData = (kind: string, ...rest: readonly Buffer[]) =>
  message('d', Buffer.from(kind, 'latin1'), ...rest);

/** New archive: Byte1('n'), String name, String location. */
export const NewArchive = (name: string, location: string) => CopyData('n', string(name), string(location));

/** Archive or manifest data: Byte1('d'), Byten. */
export const Contents = (bytes: Uint8Array | string) => CopyData('d', Buffer.from(bytes));

/** Progress report: Byte1('p'), Int64. */
export const Progress = (bytes: bigint) => CopyData('p', int64(bytes));

/** Manifest: Byte1('m'). */
export const Manifest = () => CopyData('m');

/** ErrorResponse (E): fields of Byte1 and String, then a NUL. */
export const ErrorResponse = (fields: Readonly<Record<string, string>>) => message('E', report(fields));

/** NoticeResponse (N): as ErrorResponse. */
export const NoticeResponse = (fields: Readonly<Record<string, string>>) => message('N', report(fields));

/** A String: its bytes and a NUL. */
export const string = (text: string) => Buffer.from(`${text}\0`);

/** An Int32 in network byte order. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

/** An Int16 in network byte order. */
export function int16(value: number): Buffer {
  return int32(value).subarray(2);
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function column(value: string | null): Buffer {
  if (value === null) return int32(-1);
  const text = Buffer.from(value);
  return Buffer.concat([int32(text.length), text]);
}

/** A column as the server describes it: numbers are int8, except the OID; all others are text. */
function field(name: string): Buffer {
  const isNumber = name === 'tli' || name === 'size';
  const type = name === 'spcoid' ? OID_OID : isNumber ? INT8_OID : TEXT_OID;
  const size = name === 'spcoid' ? 4 : isNumber ? 8 : -1;
  return Buffer.concat([string(name), int32(0), int16(0), int32(type), int16(size), int32(-1), int16(0)]);
}

function report(fields: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(fields).map(([letter, text]) => string(letter + text));
  return Buffer.concat([...parts, Buffer.of(0)]);
}
