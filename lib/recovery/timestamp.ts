/**
 * Points in time as people and backup_label write them ("2026-11-22 17:00:00 UTC"), and which of two came first,
 * as far as that is certain. A time without a zone is in that of a server that we do not know, and the short name of
 * a zone may mean several: then it is only known to lie between the two ends of the world.
 */

/** When it was, in milliseconds since 1970: the first and the last moment that can be meant. */
export interface Moment {
  readonly earliest: number;
  readonly latest: number;
}

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(\.\d{1,6})?)? *(?:(Z|UTC|GMT)|([-+])(\d\d?)(?::?(\d\d))?|([A-Za-z][A-Za-z0-9_/+-]*))?$/;
const MINUTE_MS = 60_000;
/** No zone is further from UTC (MAX_TZDISP_HOUR in src/include/datatype/timestamp.h). */
const WIDEST_ZONE_MS = 16 * 60 * MINUTE_MS;

/** Reads a date and a time, with a time zone or without; undefined for anything else. */
export function parseTimestamp(text: string): Moment | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '', utc, sign, hours, minutes] = match;
  const date = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const reading = Date.parse(`${date}Z`);
  // A thirtieth of February is read as the second of March.
  if (Number.isNaN(reading) || !new Date(reading).toISOString().startsWith(date)) return undefined;
  const time = reading + Number(`0${fraction}`) * 1000;
  if (utc === undefined && sign === undefined) {
    return { earliest: time - WIDEST_ZONE_MS, latest: time + WIDEST_ZONE_MS };
  }
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
  const moment = sign === '-' ? time + offset : time - offset;
  return { earliest: moment, latest: moment };
}

/** Whether one was certainly before the other. */
export function isBefore(one: Moment, other: Moment): boolean {
  return one.latest < other.earliest;
}
