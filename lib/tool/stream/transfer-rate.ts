/** The transfer rate of -r, as parse_max_rate() in src/bin/pg_basebackup/pg_basebackup.c reads it. */

import { UsageError } from '../../errors/trouble.ts';

/** MAX_RATE_LOWER and MAX_RATE_UPPER in src/include/backup/basebackup.h, kilobytes a second. */
const LEAST_KILOBYTES = 32;
const MOST_KILOBYTES = 1024 * 1024;

/** A number as strtod() reads it, except hexadecimal and infinite ones, and the text after it. */
const RATE = /^\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*?)\s*$/s;

/** "512", "512k" or "2M" as kilobytes a second. Throws UsageError for anything the server would refuse. */
export function parseTransferRate(text: string): number {
  const [, number, unit] = RATE.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`transfer rate "${text}" is not a valid value`);
  if (Number(number) <= 0) throw new UsageError('transfer rate must be greater than zero');
  if (unit !== '' && unit !== 'k' && unit !== 'M') throw new UsageError(`invalid --max-rate unit: "${unit}"`);
  const kilobytes = Number(number) * (unit === 'M' ? 1024 : 1);
  if (kilobytes >= LEAST_KILOBYTES && kilobytes <= MOST_KILOBYTES) return Math.floor(kilobytes);
  throw new UsageError(`transfer rate "${text}" is out of range, must be from "32k" to "1024M"`);
}
