import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import {
  formatTablespaceMap,
  insistOnAgreement,
  parseTablespaceMap,
  relocateTablespaceMap,
} from '../../../lib/postgres/tablespace-map.ts';

describe('parseTablespaceMap', () => {
  it.each<{ name: string; text: string; entries: [number, string][] }>([
    { name: 'no tablespace', text: '', entries: [] },
    { name: 'one', text: '16384 /srv/ts\n', entries: [[16384, '/srv/ts']] },
    { name: 'a space at the start', text: '1  /a b\n', entries: [[1, ' /a b']] },
    { name: 'escapes', text: '1 /a\\\\b\\\nc\\\rd\n', entries: [[1, '/a\\b\nc\rd']] },
    { name: 'an escape of anything else', text: '1 /\\a\n', entries: [[1, '/a']] },
    {
      name: 'carriage returns',
      text: '2 /a\r\n1 /b\r\n',
      entries: [
        [2, '/a'],
        [1, '/b'],
      ],
    },
    { name: 'letters beyond ASCII', text: '1 /ü\n', entries: [[1, '/ü']] },
    { name: 'the largest OID', text: '4294967295 /a\n', entries: [[4294967295, '/a']] },
  ])('reads $name', ({ text, entries }) => {
    expect([...parseTablespaceMap(Buffer.from(text))]).toEqual(entries);
  });

  it.each([
    { name: 'no newline at the end', bytes: '1 /a' },
    { name: 'an escaped newline at the end', bytes: '1 /a\\\n' },
    { name: 'a backslash at the end', bytes: '1 /a\n\\' },
    { name: 'no location', bytes: '1\n' },
    { name: 'an empty location', bytes: '1 \n' },
    { name: 'no OID', bytes: ' /a\n' },
    { name: 'an OID that is a path', bytes: '../1 /a\n' },
    { name: 'an OID of zero', bytes: '0 /a\n' },
    { name: 'an OID that is too large', bytes: '4294967296 /a\n' },
    { name: 'a line that is too long', bytes: `1 /${'a'.repeat(3000)}\n` },
    { name: 'a line that does not end', bytes: Buffer.alloc(10_000_000, '\\') },
    {
      name: 'more tablespaces than there can be',
      bytes: Array.from({ length: 65537 }, (_, index) => `${index + 1} /a\n`).join(''),
    },
    { name: 'an OID twice', bytes: '1 /a\n1 /b\n' },
    { name: 'another encoding', bytes: Buffer.from([0x31, 0x20, 0x2f, 0xfc, 0x0a]) },
  ])('rejects $name', ({ bytes }) => {
    expect(() => parseTablespaceMap(Buffer.from(bytes as string))).toThrow(
      'invalid data in file "tablespace_map"',
    );
    expect(() => parseTablespaceMap(Buffer.from(bytes as string))).toThrow(BackupError);
  });
});

describe('formatTablespaceMap', () => {
  it('escapes as the server does', () => {
    expect(formatTablespaceMap(new Map([[1, '/a\\b\nc\rd']])).toString()).toBe('1 /a\\\\b\\\nc\\\rd\n');
  });

  it('escapes no backslashes of version 13', () => {
    expect(formatTablespaceMap(new Map([[1, '/a\\b']]), 13).toString()).toBe('1 /a\\b\n');
  });

  it('gives what is read back as it was, whatever the locations', () => {
    const special = fc.constantFrom('\\', '\n', '\r', ' ', '=');
    const location = fc.string({
      unit: fc.oneof(special, fc.constantFrom('a', 'ü', '\u{1f418}')),
      minLength: 1,
    });
    const entry = fc.tuple(fc.integer({ min: 1, max: 0xffffffff }), location);
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const map = new Map(entries);
        expect([...parseTablespaceMap(formatTablespaceMap(map))]).toEqual([...map]);
      }),
    );
  });
});

describe('insistOnAgreement', () => {
  const listed = new Map([
    [1, '/a'],
    [2, '/b'],
  ]);

  it('is content with the same in another order', () => {
    insistOnAgreement(new Map([...listed].reverse()), listed);
  });

  it.each([
    { map: '1 /a\n', detail: 'It does not name tablespace 2.' },
    { map: '1 /a\n2 /b/\n', detail: 'It has tablespace 2 at "/b/", the list at "/b".' },
    {
      map: '1 /a\n2 /b\n3 /c\n',
      detail: 'It names tablespace 3 at "/c", of which there is no archive.',
    },
  ])('throws for $map', ({ map, detail }) => {
    const act = () => insistOnAgreement(parseTablespaceMap(Buffer.from(map)), listed);
    expect(act).toThrow(expect.objectContaining({ detail }));
    expect(act).toThrow(BackupError);
  });
});

describe('relocateTablespaceMap', () => {
  const contents = Buffer.from('2 /b\\\\c\n1 /a\n');

  it('writes the lines anew, in their order', () => {
    const after = relocateTablespaceMap(contents, new Map([[1, '/x\n=y']]));
    expect(after.toString()).toBe('2 /b\\\\c\n1 /x\\\n=y\n');
  });

  it.each([
    { name: 'nothing moves', targets: [] },
    { name: 'all go where they are', targets: [[2, '/b\\c']] },
    { name: 'others move', targets: [[3, '/x']] },
  ])('gives the same buffer if $name', ({ targets }) => {
    expect(relocateTablespaceMap(contents, new Map(targets as [number, string][]))).toBe(contents);
  });
});
