import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { isWanted, selectDatabases } from '../../../../lib/restore/database/wanted-databases.ts';
import { parseDatabases } from '../../../../lib/tool/split/parse-databases.ts';

describe('selectDatabases', () => {
  const rows = [
    { oid: 5, name: 'postgres' },
    { oid: 16384, name: 'app' },
    { oid: 16385, name: 'other' },
    { oid: 16386, name: 'dropped' },
    { oid: 16387, name: 'other' },
    { oid: 16388, name: 'twice' },
    { oid: 16389, name: 'twice' },
    { oid: 16384, name: 'app' },
  ];
  const present = new Set([1, 4, 5, 16384, 16385, 16388, 16389]);
  const select = (...texts: string[]) => {
    const choice = parseDatabases(texts);
    return choice && [...selectDatabases(choice, rows, present)];
  };

  it.each([
    { texts: ['app'], oids: [16384] },
    { texts: ['16384'], oids: [16384] },
    { texts: ['other'], oids: [16385] },
    { texts: ['16388', 'app', 'postgres'], oids: [16388, 16384, 5] },
  ])('finds $texts', ({ texts, oids }) => {
    expect(select(...texts)).toEqual(oids);
  });

  it.each([
    {
      text: 'App',
      message: 'the backup has no database "App"',
      detail:
        'Its databases are "postgres" (5), "app" (16384), "other" (16385), "twice" (16388), "twice" (16389).',
    },
    {
      text: 'dropped',
      message: 'the backup has no database "dropped"',
      detail: expect.stringContaining('"app" (16384)'),
    },
    {
      text: '16386',
      message: 'the backup has no database with OID 16386',
      detail: 'Its databases are 1, 4, 5, 16384, 16385, 16388, 16389.',
    },
    {
      text: 'twice',
      message: 'database "twice" is there more than once in the backup',
      detail: 'Databases of this name have the OIDs 16388 and 16389.',
    },
  ])('refuses $text', ({ text, message, detail }) => {
    expect(() => select('app', text)).toThrow(expect.objectContaining({ message, detail }));
    expect(() => select('app', text)).toThrow(TroubleError);
  });

  it('does not list thousands', () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ oid: 20000 + index, name: `db${index}` }));
    const all = new Set(many.map(({ oid }) => oid));
    expect(() => selectDatabases({ oids: [], names: ['x'] }, many, all)).toThrow(
      expect.objectContaining({ detail: expect.stringMatching(/^.{0,400} and 4980 more\.$/) }),
    );
  });
});

describe('isWanted', () => {
  it.each([
    { oid: 1, wanted: true },
    { oid: 16383, wanted: true },
    { oid: 16384, wanted: false },
    { oid: 16385, wanted: true },
  ])('is $wanted for $oid', ({ oid, wanted }) => {
    expect(isWanted(oid, new Set([16385]))).toBe(wanted);
  });
});
