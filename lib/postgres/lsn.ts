/**
 * Log sequence numbers: a byte position in the WAL, written by PostgreSQL as two hexadecimal halves with a
 * slash between ("0/3000158"); see pg_lsn_in() in src/backend/utils/adt/pg_lsn.c. Held as a bigint.
 */

/** A position in the WAL, in bytes. */
export type Lsn = bigint;

const LSN_TEXT = /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/;

/** Reads "0/3000158"; undefined for anything that is not an LSN. */
export function parseLsn(text: string): Lsn | undefined {
  if (!LSN_TEXT.test(text)) return undefined;
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** Writes an LSN as the server does: upper case, no leading zeros. */
export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}

/** Writes an LSN as servers from version 19 on do: the lower half with leading zeros. */
export function formatPaddedLsn(lsn: Lsn): string {
  const low = (lsn & 0xffffffffn).toString(16).padStart(8, '0');
  return `${(lsn >> 32n).toString(16)}/${low}`.toUpperCase();
}
