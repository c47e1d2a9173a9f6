/**
 * Points in time as people and backup_label write them ("2026-11-22 17:00:00 UTC"), and which of two came first,
 * as far as that is certain. A time without a zone is in that of a server that we do not know, and the short name of
 * a zone may mean several: then it is only known to lie between the two ends of the world. Of the many other forms that
 * a server reads (DecodeDateTime() in src/backend/utils/adt/datetime.c) nothing is known.
 */

/** When it was, in milliseconds since 1970: the first and the last moment that can be meant. */
export interface Moment {
  readonly earliest: number;
  readonly latest: number;
}

/** A date, with a time of day or without, and a time zone or without. */
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)(?:(?: +|T)(\d\d):(\d\d)(?::(\d\d)(\.\d{1,6})?)?)? *(?:(Z|UTC|GMT)|([-+])(\d\d?)(?::?(\d\d))?|(?!(?:[AP]M|AD|BC)$)[A-Z][A-Z0-9_/+-]*)?$/i;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** No zone is further from UTC (MAX_TZDISP_HOUR in src/include/datatype/timestamp.h). */
const WIDEST_ZONE_HOURS = 15;
const WIDEST_ZONE_MS = (WIDEST_ZONE_HOURS + 1) * 60 * MINUTE_MS;
const SOMETIME: Moment = { earliest: Number.NEGATIVE_INFINITY, latest: Number.POSITIVE_INFINITY };

/**
 * Reads a date, or a date and a time. Undefined for what no server takes: a day that is in no calendar, and what has no
 * digit, as "yesterday", which is refused as a target of recovery (check_recovery_target_time() in
 * src/backend/access/transam/xlogrecovery.c). All else may have been any time.
 */
export function parseTimestamp(text: string): Moment | undefined {
  if (!/[0-9]/.test(text) || /\p{Cc}/u.test(text)) return undefined;
  const match = TIMESTAMP.exec(text);
  if (match === null) return SOMETIME;
  const [, date = '', hour = '00', minute = '00', second = '00', fraction = '', utc, sign, ...zone] = match;
  const day = parseDay(date);
  const time = parseTime(Number(hour), Number(minute), Number(second));
  const offset = parseOffset(Number(zone[0] ?? 0), Number(zone[1] ?? 0));
  if (day === undefined || time === undefined || offset === undefined) return undefined;
  const reading = day + time + Number(`0${fraction}`) * 1000;
  if (utc === undefined && sign === undefined)
    return { earliest: reading - WIDEST_ZONE_MS, latest: reading + WIDEST_ZONE_MS };
  const moment = sign === '-' ? reading + offset : reading - offset;
  return { earliest: moment, latest: moment };
}

/** Whether one was certainly before the other. */
export function isBefore(one: Moment, other: Moment): boolean {
  return one.latest < other.earliest;
}

function parseDay(date: string): number | undefined {
  const day = Date.parse(`${date}T00:00:00Z`);
  // A thirtieth of February is read as the second of March.
  return Number.isNaN(day) || !new Date(day).toISOString().startsWith(date) ? undefined : day;
}

/** A day may end at 24:00:00, and a minute with a second 60. */
function parseTime(hour: number, minute: number, second: number): number | undefined {
  if (minute > 59 || second > 60 || hour * 60 + minute + second / 60 > DAY_MINUTES) return undefined;
  return (hour * 60 + minute) * MINUTE_MS + second * 1000;
}

function parseOffset(hours: number, minutes: number): number | undefined {
  return hours > WIDEST_ZONE_HOURS || minutes > 59 ? undefined : (hours * 60 + minutes) * MINUTE_MS;
}
