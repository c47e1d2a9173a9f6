/**
 * SASLprep (RFC 4013) as PostgreSQL does it: a password comes in as it was typed, and goes out in the form from which
 * the server made its verifier.
 *
 * PostgreSQL checks for prohibited characters before it normalizes, and not after it as in the RFC (pg_saslprep in
 * src/common/saslprep.c), and uses a password that does not pass unchanged. Which characters are assigned, and their
 * directions, are those of Unicode 3.2: every emoji is newer.
 */

import arabicLetter from '@unicode/unicode-3.2.0/Bidi_Class/Arabic_Letter/regex.mjs';
import leftToRight from '@unicode/unicode-3.2.0/Bidi_Class/Left_To_Right/regex.mjs';
import rightToLeft from '@unicode/unicode-3.2.0/Bidi_Class/Right_To_Left/regex.mjs';
import unassigned from '@unicode/unicode-3.2.0/General_Category/Unassigned/regex.mjs';

/** Table C.1.2 of RFC 3454. */
const SPACES = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;
/** Table B.1 without U+200B, which has become a space before. Joiners count as characters of their own here. */
const MAPPED_TO_NOTHING =
  /\u00AD|\u034F|\u1806|[\u180B-\u180D]|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu;
/** Tables C.2.1 to C.9, as categories and a few single characters. */
const PROHIBITED =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u180E\u2FF0-\u2FFB\uFFFC\uFFFD]|\u0340|\u0341/u;
const ASCII = /^[\0-\x7F]*$/;

/** Prepares a password; undefined if SASLprep refuses it, so that it must be used unchanged. */
export function saslprep(password: string): string | undefined {
  if (ASCII.test(password)) return password;
  const mapped = password.replace(SPACES, ' ').replace(MAPPED_TO_NOTHING, '');
  const characters = Array.from(mapped);
  const isAllowed = (character: string): boolean =>
    !PROHIBITED.test(character) && !unassigned.test(character);
  if (characters.length === 0 || !characters.every(isAllowed)) return undefined;
  return hasOneDirection(characters) ? mapped.normalize('NFKC') : undefined;
}

/** Section 6 of RFC 3454: if any character runs from right to left, all must, from the first to the last. */
function hasOneDirection(characters: readonly string[]): boolean {
  const isFromTheRight = (character = ''): boolean =>
    rightToLeft.test(character) || arabicLetter.test(character);
  if (!characters.some(isFromTheRight)) return true;
  const isFromTheLeft = (character: string): boolean => leftToRight.test(character);
  return (
    isFromTheRight(characters[0]) && isFromTheRight(characters.at(-1)) && !characters.some(isFromTheLeft)
  );
}
