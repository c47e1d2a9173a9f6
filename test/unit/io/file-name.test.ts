import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName, encodeName, nameAsArgument } from '../../../lib/io/file-name.ts';

const bytes = (latin1: string) => Buffer.from(latin1, 'latin1');

describe('decodeName', () => {
  it.each([
    { name: 'ASCII', from: bytes('base/1/1259'), text: 'base/1/1259' },
    { name: 'UTF-8', from: Buffer.from('Größe 漢字 🙂'), text: 'Größe 漢字 🙂' },
    { name: 'U+FFFD itself', from: Buffer.from('a\ufffdb'), text: 'a\ufffdb' },
    { name: 'Latin-1', from: bytes('gr\xf6\xdfe'), text: 'gr\udcf6\udcdfe' },
    { name: 'both', from: Buffer.concat([Buffer.from('ö\ufffd'), bytes('\xf6')]), text: 'ö\ufffd\udcf6' },
    { name: 'a character that is cut', from: bytes('\xe6\xbc'), text: '\udce6\udcbc' },
    { name: 'a surrogate in UTF-8', from: bytes('\xed\xb3\xbc'), text: '\udced\udcb3\udcbc' },
    { name: 'a character that is encoded too long', from: bytes('\xc0\xaf'), text: '\udcc0\udcaf' },
  ])('gives each byte its text: $name', ({ from, text }) => {
    expect(decodeName(from)).toBe(text);
    expect(Buffer.from(encodeName(text))).toEqual(from);
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (array) => {
        const name = Buffer.from(array);
        expect(Buffer.from(encodeName(decodeName(name)))).toEqual(name);
        expect(nameAsArgument(decodeName(name))).toBe(name.toString());
      }),
    );
  });
});

describe('encodeName', () => {
  it('leaves names as they are that are text', () => {
    expect(encodeName('Größe 🙂')).toBe('Größe 🙂');
  });
});
