/**
 * How a backup stream begins, for those who take other bytes too: with a ParameterStatus of bb-stream's, with the
 * RowDescription of the start position, or with a report of the server, in a message that is not long.
 */

import { MESSAGE_HEAD_BYTES } from './framing.ts';

/** Enough bytes to tell the form. */
export const BEGINNING_BYTES = MESSAGE_HEAD_BYTES + 2;

const FIRST_TYPES = 'SNET';
/** Longer than any first message is, and shorter: the length counts itself. */
const MAX_LENGTH = 0xffff;
const MIN_LENGTH = 5;
const MAX_COLUMNS = 0xff;
/** That of a message without a payload. */
const LEAST_LENGTH = 4;

/**
 * Whether these bytes are a message rather than a tar: the length of a message, below 16 MiB, begins with NUL but is
 * not zero, whereas in a tar only NULs follow the NUL that ends the name. So a stream need not wait for a whole block.
 */
export function beginsWithMessage(head: Buffer): boolean {
  return head.length >= MESSAGE_HEAD_BYTES && head[1] === 0 && head.readUInt32BE(1) >= LEAST_LENGTH;
}

/** Whether a stream could begin so; a head that is cut short could if nothing in it speaks against it. */
export function couldBeginStream(head: Buffer): boolean {
  const type = head.toString('latin1', 0, 1);
  if (!FIRST_TYPES.includes(type)) return false;
  if (head.length < MESSAGE_HEAD_BYTES) return true;
  const length = head.readUInt32BE(1);
  if (length < MIN_LENGTH || length > MAX_LENGTH) return false;
  if (head.length < BEGINNING_BYTES) return true;
  if (type === 'T') return isNumberOfColumns(head.readInt16BE(MESSAGE_HEAD_BYTES));
  // The name of a parameter, or the kind of a report's first field.
  return /^[A-Za-z]/.test(head.toString('latin1', MESSAGE_HEAD_BYTES, BEGINNING_BYTES));
}

function isNumberOfColumns(number: number): boolean {
  return number >= 2 && number <= MAX_COLUMNS;
}
