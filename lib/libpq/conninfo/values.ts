/**
 * Values of connection keywords, read and checked: whole numbers and choices. Complaints as in libpq's
 * fe-connect.c.
 */

import { TroubleError } from '../../errors/trouble.ts';

const INT32_MAX = 2 ** 31 - 1;

/** Reads a whole number (pqParseIntParam): blanks around it are allowed, anything else is not. */
export function parseInteger(keyword: string, text: string): number {
  const number = /^\s*[-+]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(number) <= INT32_MAX)) {
    throw new TroubleError(`invalid integer value "${text}" for connection option "${keyword}"`);
  }
  return number;
}

/** Reads one of the words that the keyword allows. */
export function parseChoice<Choice extends string>(
  keyword: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new TroubleError(`invalid ${keyword} value: "${text}"`);
  return choice;
}
