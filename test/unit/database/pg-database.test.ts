import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BackupError } from '../../../lib/backup/error.ts';
import { TroubleError } from '../../../lib/cli/trouble.ts';
import { readDatabases } from '../../../lib/database/pg-database.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { COMMITTED, DELETED, databaseRow, heapPage, relationMap } from './build.ts';

/** A data directory with the catalog in the file 16999. */
function dataDirectory(catalog: Buffer, file = 16999): string {
  const folder = temporaryFolder();
  onTestFinished(() => removeFolder(folder));
  mkdirSync(join(folder, 'global'));
  writeFileSync(join(folder, 'global/pg_filenode.map'), relationMap([[1262, file]]));
  writeFileSync(join(folder, 'global/16999'), catalog);
  return folder;
}

const row = (oid: number, name: string) => ({ data: databaseRow(oid, name) });

describe('readDatabases', () => {
  it('reads the rows of all pages', () => {
    const long = 'x'.repeat(63);
    const pages = [
      heapPage([row(1, 'template1'), { ...row(16384, 'gone'), hints: COMMITTED | DELETED, xmax: 751 }]),
      Buffer.alloc(8192),
      heapPage([row(16385, 'größe'), row(4294967295, long)]),
    ];
    expect(readDatabases(dataDirectory(Buffer.concat(pages)))).toEqual([
      { oid: 1, name: 'template1' },
      { oid: 16385, name: 'größe' },
      { oid: 4294967295, name: long },
    ]);
  });

  it.each([
    { name: 'is empty', catalog: Buffer.alloc(0) },
    { name: 'begins with zeros', catalog: Buffer.alloc(8192) },
    { name: 'has no page', catalog: Buffer.alloc(8192, 'text') },
    { name: 'has rows that are too short', catalog: heapPage([{ data: Buffer.from('short') }]) },
  ])('refuses a catalog that $name', ({ catalog }) => {
    const complaint = 'invalid data in file "global/16999", the catalog pg_database';
    expect(() => readDatabases(dataDirectory(catalog))).toThrow(complaint);
    expect(() => readDatabases(dataDirectory(catalog))).toThrow(BackupError);
  });

  it('cannot read a catalog that is not there', () => {
    const folder = dataDirectory(heapPage([]), 17000);
    expect(() => readDatabases(folder)).toThrow(
      new TroubleError(`could not read file "${folder}/global/17000": No such file or directory`),
    );
  });

  it('does not read a catalog without bounds', () => {
    const folder = dataDirectory(heapPage([]));
    truncateSync(join(folder, 'global/16999'), 2 ** 40);
    expect(() => readDatabases(folder)).toThrow(`could not read file "${folder}/global/16999": too large`);
  });
});
