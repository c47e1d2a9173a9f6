/** What is hidden in a string is shown; all else stays as it is. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText, listed, quoted, visible } from '../../../lib/terminal/visible.ts';

const HIDDEN: readonly { name: string; text: string; shown: string; json?: string }[] = [
  { name: 'a newline', text: 'a\nb', shown: 'a\\nb' },
  { name: 'a carriage return', text: 'a\rb', shown: 'a\\rb' },
  { name: 'a tab', text: 'a\tb', shown: 'a\\tb' },
  { name: 'NUL', text: 'a\0b', shown: 'a\\x00b', json: 'a\\u0000b' },
  {
    name: 'a title of the window',
    text: '\x1b]0;x\x07',
    shown: '\\x1b]0;x\\x07',
    json: '\\u001b]0;x\\u0007',
  },
  { name: 'a colour', text: '\x1b[31m', shown: '\\x1b[31m', json: '\\u001b[31m' },
  { name: 'DEL', text: '\x7f', shown: '\\x7f', json: '\\u007f' },
  { name: 'C1', text: '\x80\x9b31m\x9f', shown: '\\x80\\x9b31m\\x9f', json: '\\u0080\\u009b31m\\u009f' },
  { name: 'overrides', text: '\u202agnp\u202e', shown: '\\u{202a}gnp\\u{202e}', json: '\\u202agnp\\u202e' },
  { name: 'isolates', text: '\u2066a\u2069', shown: '\\u{2066}a\\u{2069}', json: '\\u2066a\\u2069' },
  {
    name: 'marks of direction',
    text: '\u200e\u200f\u061c',
    shown: '\\u{200e}\\u{200f}\\u{61c}',
    json: '\\u200e\\u200f\\u061c',
  },
  { name: 'separators', text: '\u2028\u2029', shown: '\\u{2028}\\u{2029}', json: '\\u2028\\u2029' },
  {
    name: 'no width',
    text: 'a\u200b\ufeff\u00ad',
    shown: 'a\\u{200b}\\u{feff}\\xad',
    json: 'a\\u200b\\ufeff\\u00ad',
  },
  { name: 'tags', text: '\u{e0061}', shown: '\\u{e0061}', json: '\\udb40\\udc61' },
  { name: 'half of a pair', text: '\ud83d', shown: '\\u{d83d}', json: '\\ud83d' },
];

const PLAIN = [
  '',
  'base/1/1259',
  'Größe, 大きさ, \u{1f600}',
  'नमस\u094dत\u0947 \u200d\u200c',
  '❤\ufe0f',
  '\ufffd',
  'C:\\"x"',
];

describe('visible', () => {
  it.each(HIDDEN)('shows $name', ({ text, shown }) => {
    expect(visible(text)).toBe(shown);
  });

  it.each(PLAIN)('leaves %j as it is', (text) => {
    expect(visible(text)).toBe(text);
  });

  it('lets no character through that a terminal obeys, and changes nothing twice', () => {
    const all = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code)).join('');
    expect(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u.exec(visible(all))).toBeNull();
    expect(visible(visible(all)) === visible(all)).toBe(true);
  });
});

describe('quoted', () => {
  it.each([
    ['a"b\\c\nd\x1b', String.raw`"a\"b\\c\nd\x1b"`],
    ['\\n', String.raw`"\\n"`],
    ['', '""'],
  ])('%j is %s', (name, shown) => {
    expect(quoted(name)).toBe(shown);
  });

  it('gives no two names the same look', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(new Function(`return ${quoted(name)}`)()).toBe(name);
      }),
    );
  });
});

describe('listed', () => {
  it.each([
    ['base/1/1259', 'base/1/1259'],
    ['/srv/fast ts', '/srv/fast ts'],
    ['a\nb', String.raw`"a\nb"`],
    ['a\\nb', String.raw`"a\\nb"`],
    ['\u202ea', String.raw`"\u{202e}a"`],
  ])('%j is %s', (name, shown) => {
    expect(listed(name)).toBe(shown);
  });
});

describe('jsonText', () => {
  it.each(HIDDEN)('escapes $name', ({ text, shown, json = shown }) => {
    expect(jsonText({ x: text })).toBe(`{"x":"${json}"}`);
  });

  it('is the same value again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(jsonText(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
