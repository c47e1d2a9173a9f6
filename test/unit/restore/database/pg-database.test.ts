import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TroubleError } from '../../../../lib/errors/trouble.ts';
import { readDatabases } from '../../../../lib/restore/database/pg-database.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';
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
    { name: 'is empty', catalog: Buffer.alloc(0), reason: 'invalid page of a table' },
    { name: 'begins with zeros', catalog: Buffer.alloc(8192), reason: 'invalid page of a table' },
    { name: 'has no page', catalog: Buffer.alloc(8192, 'text'), reason: 'invalid page of a table' },
    { name: 'has short rows', catalog: heapPage([{ data: Buffer.from('x') }]), reason: 'row too short' },
  ])('asks for the OID where the catalog $name', ({ catalog, reason }) => {
    expect(complaintOn(dataDirectory(catalog))).toEqual(unreadable(reason));
  });

  it('asks for the OID where the catalog is not there', () => {
    const folder = dataDirectory(heapPage([]), 17000);
    const reason = `could not read file "${folder}/global/17000": No such file or directory`;
    expect(complaintOn(folder)).toEqual(unreadable(reason));
  });

  it('does not read a catalog without bounds', () => {
    const folder = dataDirectory(heapPage([]));
    truncateSync(join(folder, 'global/16999'), 2 ** 40);
    expect(complaintOn(folder)).toEqual(
      unreadable(`could not read file "${folder}/global/16999": too large`),
    );
  });
});

function unreadable(reason: string) {
  return {
    name: 'TroubleError',
    message: 'could not read the names of databases from the catalog pg_database',
    detail: `The reason is: ${reason}.`,
    hint: 'Give the OID of the database instead of its name.',
  };
}

function complaintOn(folder: string): unknown {
  try {
    return readDatabases(folder);
  } catch (error) {
    const { name, message, detail, hint } = error as TroubleError;
    return { name, message, detail, hint };
  }
}
