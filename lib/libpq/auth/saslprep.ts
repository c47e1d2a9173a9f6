/**
 * SASLprep (RFC 4013) as PostgreSQL does it: a password comes in as it was typed, and goes out in the form that
 * the server made its verifier from.
 *
 * PostgreSQL looks for what is not allowed before it normalizes, not after it as the RFC has it (pg_saslprep in
 * src/common/saslprep.c), and takes a password that does not pass as it is. Assigned, and of a direction, is what
 * was so in Unicode 3.2: every emoji is newer.
 */

import arabicLetter from '@unicode/unicode-3.2.0/Bidi_Class/Arabic_Letter/regex.mjs';
import leftToRight from '@unicode/unicode-3.2.0/Bidi_Class/Left_To_Right/regex.mjs';
import rightToLeft from '@unicode/unicode-3.2.0/Bidi_Class/Right_To_Left/regex.mjs';
import unassigned from '@unicode/unicode-3.2.0/General_Category/Unassigned/regex.mjs';

/** Table C.1.2 of RFC 3454. */
const SPACES = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;
/** Table B.1, but for U+200B, which is a space before. Each is a character of its own here, whatever it joins. */
const MAPPED_TO_NOTHING =
  /\u00AD|\u034F|\u1806|[\u180B-\u180D]|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu;
/** Tables C.2.1 to C.9: by their categories, and those few that are prohibited by themselves. */
const PROHIBITED =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u180E\u2FF0-\u2FFB\uFFFC\uFFFD]|\u0340|\u0341/u;
const ASCII = /^[\0-\x7F]*$/;

/** Prepares a password; undefined if SASLprep does not take it, so that it must be used as it is. */
export function saslprep(password: string): string | undefined {
  if (ASCII.test(password)) return password;
  const mapped = password.replace(SPACES, ' ').replace(MAPPED_TO_NOTHING, '');
  const characters = Array.from(mapped);
  const isAllowed = (character: string): boolean =>
    !PROHIBITED.test(character) && !unassigned.test(character);
  if (characters.length === 0 || !characters.every(isAllowed)) return undefined;
  return hasOneDirection(characters) ? mapped.normalize('NFKC') : undefined;
}

/** Section 6 of RFC 3454: from right to left means all of it, from the first character to the last. */
function hasOneDirection(characters: readonly string[]): boolean {
  const isFromTheRight = (character = ''): boolean =>
    rightToLeft.test(character) || arabicLetter.test(character);
  if (!characters.some(isFromTheRight)) return true;
  const isFromTheLeft = (character: string): boolean => leftToRight.test(character);
  return (
    isFromTheRight(characters[0]) && isFromTheRight(characters.at(-1)) && !characters.some(isFromTheLeft)
  );
}
