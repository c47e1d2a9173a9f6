/** SASLprep: what it makes of passwords, and which it leaves to be used as they are. */

import { describe, expect, it } from 'vitest';
import { saslprep } from '../../../../lib/libpq/auth/saslprep.ts';

describe('saslprep', () => {
  it.each<[name: string, password: string, prepared: string]>([
    ['ASCII', 'pass word', 'pass word'],
    ['ASCII with control characters', 'a\tb\x7f', 'a\tb\x7f'],
    ['a composed character', 'wörd', 'wörd'],
    ['a decomposed character', 'wo\u0308rd', 'w\u00f6rd'],
    ['compatibility forms', 'Ⅸ ﬁ ª', 'IX fi a'],
    ['spaces of other kinds', 'a\u00a0b\u3000c\u200bd', 'a b c d'],
    ['what is mapped to nothing', 'a\u00adb\u200dc\ufe0f\ufeff', 'abc'],
    ['right to left', '\u0627\u0644', '\u0627\u0644'],
    ['right to left with digits inside', '\u06271\u0644', '\u06271\u0644'],
    ['a symbol that is of no direction before it is normalized', 'a\u2135', 'a\u05d0'],
  ])('prepares %s', (_name, password, prepared) => {
    expect(saslprep(password)).toBe(prepared);
  });

  it.each<[name: string, password: string]>([
    ['an emoji', 'pass😀'],
    ['one that was there in 3.2, in a sequence with others', '❤\u200d🔥'],
    ['a letter that is newer, although it has a form that is not', 'a\u2c7c'],
    ['a control character beside another that is not ASCII', 'ö\x07'],
    ['a private character', '\ue000'],
    ['a character that is none', '\ufdd0'],
    ['half a character', '\ud800'],
    ['what was put in place of one that could not be read', 'p\ufffd'],
    ['a deprecated tone mark', 'a\u0340'],
    ['an ideographic description', '\u2ff0'],
    ['a change of direction', 'ö\u202e'],
    ['a Mongolian vowel separator', '\u180eö'],
    ['two directions', '\u0627a\u0644'],
    ['right to left that ends with a digit', '\u06271'],
    ['right to left that begins with one', '1\u0627'],
    ['nothing but what is mapped to nothing', '\u00ad'],
  ])('does not take %s', (_name, password) => {
    expect(saslprep(password)).toBeUndefined();
  });
});
