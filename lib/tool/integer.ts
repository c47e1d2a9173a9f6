/** The number that an option takes, as option_parse_int() in src/fe_utils/option_utils.c reads it. */

import { UsageError } from '../errors/trouble.ts';

/** Reads the value of an option such as `-j/--jobs`. Throws UsageError for what is no integer, or out of range. */
export function parseInteger(text: string, option: string, least: number, most: number): number {
  if (!/^\s*[+-]?[0-9]+\s*$/.test(text)) throw new UsageError(`invalid value "${text}" for option ${option}`);
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option} must be in range ${least}..${most}`);
}
