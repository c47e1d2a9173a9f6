/**
 * The backup stream, frames to bytes: what was read and not edited goes out as it came in, the rest is laid
 * out as the server would (src/backend/backup/basebackup_copy.c).
 */

import assert from 'node:assert';
import { remarksOf } from '../errors/remarks.ts';
import { formatLsn } from '../postgres/lsn.ts';
import { AbortError } from './abort.ts';
import type { DataFrame, Frame, Wire } from './frame.ts';
import { MAX_MESSAGE_BYTES, MESSAGE_HEAD_BYTES } from './framing.ts';
import { END_TAG } from './grammar.ts';
import { type Report, writeReport } from './server-report.ts';

/** SQLSTATE io_error: what an abort carries when the failure has none of its own. */
const IO_ERROR = '58030';
/** A SQLSTATE of PostgreSQL (src/backend/utils/errcodes.txt); "EPIPE" and its like are none. */
const SQLSTATE = /^[0-9FHPX][0-9A-Z]{4}$/;
const OID_TYPE = 26;
const INT8_TYPE = 20;
const TEXT_TYPE = 25;
/** Type and size of the columns of the three results, which all have one of two forms. */
const COLUMN_TYPES: Readonly<Record<string, [oid: number, size: number]>> = {
  recptr: [TEXT_TYPE, -1],
  tli: [INT8_TYPE, 8],
  spcoid: [OID_TYPE, 4],
  spclocation: [TEXT_TYPE, -1],
  size: [INT8_TYPE, 8],
};

/** The bytes of a frame. */
export function encode(frame: Frame): Wire {
  return frame.wire ?? build(frame);
}

/** The bytes of an abort: the abort from upstream that led to this error, or a new one that reports the error. */
export function encodeAbort(error: unknown): Wire {
  if (error instanceof AbortError) return error.wire;
  if (error instanceof Error && error.cause instanceof AbortError) return error.cause.wire;
  return [message('E', writeReport(toReport(error)))];
}

function toReport(error: unknown): Report {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return {
    severity: 'ERROR',
    code: typeof code === 'string' && SQLSTATE.test(code) ? code : IO_ERROR,
    message: error instanceof Error ? error.message : String(error),
    ...remarksOf(error),
  };
}

function build(frame: Frame): Wire {
  switch (frame.type) {
    case 'data':
      return contents(frame);
    case 'parameter':
      return [message('S', Buffer.from(`${frame.name}\0${frame.value}\0`))];
    case 'columns':
      return [message('T', rowDescription(frame.names))];
    case 'start':
    case 'stop':
      return [message('D', dataRow([formatLsn(frame.lsn), String(frame.timeline)]))];
    case 'tablespace':
      return [message('D', dataRow([frame.oid, frame.location, frame.kilobytes]))];
    case 'result-end':
      return [message('C', Buffer.from('SELECT\0'))];
    case 'copy':
      return [message('H', Buffer.from([0, 0, 0]))]; // text, no columns: as SendCopyOutResponse()
    case 'archive':
      return [message('d', Buffer.from(`n${frame.name}\0${frame.location}\0`))];
    case 'progress':
      return [message('d', progress(frame.bytes))];
    case 'manifest':
      return [message('d', Buffer.from('m'))];
    case 'archive-end':
    case 'manifest-end':
      return [];
    case 'copy-done':
      return [message('c', Buffer.alloc(0))];
    case 'end':
      return [message('C', Buffer.from(`${END_TAG}\0`))];
    case 'notice':
      return [message('N', writeReport(frame.report))];
  }
}

function message(type: string, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(MESSAGE_HEAD_BYTES + payload.length);
  bytes.write(type, 0, 'latin1');
  bytes.writeInt32BE(bytes.length - 1, 1);
  payload.copy(bytes, MESSAGE_HEAD_BYTES);
  return bytes;
}

/** One CopyData message around all parts, none of them copied. */
function contents(frame: DataFrame): Wire {
  assert(frame.bytes <= MAX_MESSAGE_BYTES - MESSAGE_HEAD_BYTES, 'data frame is too long for one message');
  const head = Buffer.allocUnsafe(MESSAGE_HEAD_BYTES + 1);
  head.write('d', 0, 'latin1');
  head.writeInt32BE(MESSAGE_HEAD_BYTES + frame.bytes, 1);
  head.write('d', MESSAGE_HEAD_BYTES, 'latin1');
  return [head, ...frame.parts];
}

function progress(bytes: bigint): Buffer {
  const payload = Buffer.alloc(9);
  payload.write('p', 0, 'latin1');
  payload.writeBigInt64BE(bytes, 1);
  return payload;
}

function rowDescription(names: readonly string[]): Buffer {
  const columns = names.map((name) => {
    const [oid, size] = COLUMN_TYPES[name] ?? [TEXT_TYPE, -1];
    const rest = Buffer.alloc(18); // table, attribute, type, size, modifier, format
    rest.writeInt32BE(oid, 6);
    rest.writeInt16BE(size, 10);
    rest.writeInt32BE(-1, 12);
    return Buffer.concat([Buffer.from(`${name}\0`), rest]);
  });
  return Buffer.concat([int16(names.length), ...columns]);
}

function dataRow(values: readonly (string | number | null)[]): Buffer {
  const columns = values.map((value) => {
    const text = Buffer.from(value === null ? '' : String(value));
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : text.length);
    return Buffer.concat([length, text]);
  });
  return Buffer.concat([int16(values.length), ...columns]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
