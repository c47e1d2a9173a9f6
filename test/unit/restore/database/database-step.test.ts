/** What is left of databases that are not wanted, and what is refused. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DatabaseStep } from '../../../../lib/restore/database/database-step.ts';
import { parseDatabases } from '../../../../lib/tool/split/parse-databases.ts';
import { archive, backupFrames } from '../../../support/frames.ts';
import { file, tar } from '../../tar/build.ts';
import { baseMembers, LABEL, scratch, tryExtract } from '../cluster.ts';
import { databaseRow, heapPage, relationMap } from './build.ts';

const SPACE = { oid: 16400, location: 'pg_tblspc/16400' };
const VERSION = 'PG_15_202209061';
const CONTENTS = Buffer.alloc(1_000_000, 'contents');

const CATALOG = [
  file('global/pg_filenode.map', relationMap([[1262, 1262]])),
  file(
    'global/1262',
    heapPage([
      { data: databaseRow(1, 'template1') },
      { data: databaseRow(16384, 'app') },
      { data: databaseRow(16385, 'other') },
    ]),
  ),
];

/** A backup of two databases, both with files in a tablespace; the catalog comes last. */
function backup(catalog = CATALOG, label = LABEL) {
  const files = (folder: string) => [
    file(`${folder}/PG_VERSION`, '15\n'),
    file(`${folder}/pg_filenode.map`, relationMap([])),
    file(`${folder}/16390`, CONTENTS),
  ];
  const [, ...rest] = baseMembers({});
  const base = [
    file('backup_label', label),
    ...rest.slice(0, -1),
    ...files('base/16384'),
    ...files('base/16385'),
  ];
  const space = [file(`${VERSION}/16384/16391`, CONTENTS), file(`${VERSION}/16385/16391`, CONTENTS)];
  return backupFrames({
    tablespaces: [SPACE],
    copy: [
      ...archive('16400.tar', SPACE.location, tar(...space)),
      ...archive('base.tar', '', tar(...base, ...catalog, ...rest.slice(-1))),
      { type: 'manifest' },
      ...archive('', '', 'a manifest that would not fit').slice(1),
    ],
  });
}

async function restore(databases: readonly string[], frames = backup(), sparse = false) {
  const folder = scratch();
  const choice = parseDatabases(databases) ?? { oids: [], names: [] };
  const step = new DatabaseStep(choice, new AbortController().signal);
  const outcome = await tryExtract(folder, frames, { sparse, steps: [step] });
  return { ...outcome, folder, emptied: step.emptied.map(({ oid }) => oid) };
}

describe('DatabaseStep', () => {
  it.each([
    { by: 'OID', text: '16384', sparse: false },
    { by: 'name', text: 'app', sparse: false },
    { by: 'OID, sparse', text: '16384', sparse: true },
  ])('restores a database by its $by, and holes for the others', async ({ text, sparse }) => {
    const { error, folder, emptied } = await restore([text], backup(), sparse);
    expect(error).toBeUndefined();
    expect(emptied).toEqual([16385]);
    const data = join(folder, 'data');
    for (const path of ['base', `pg_tblspc/16400/${VERSION}`]) {
      const name = path === 'base' ? '16390' : '16391';
      // toEqual() takes seconds for a buffer of a megabyte.
      expect(readFileSync(join(data, path, '16384', name)).equals(CONTENTS)).toBe(true);
      expect(readFileSync(join(data, path, '16385', name)).equals(Buffer.alloc(CONTENTS.length))).toBe(true);
      expect(statSync(join(data, path, '16385', name)).blocks).toBe(0);
    }
    expect(readFileSync(join(data, 'base/16385/PG_VERSION'), 'utf8')).toBe('15\n');
    expect(readFileSync(join(data, 'base/16385/pg_filenode.map'))).toEqual(Buffer.alloc(512));
    expect(readFileSync(join(data, 'base/16384/pg_filenode.map'))).toEqual(relationMap([]));
    expect(readFileSync(join(data, 'base/1/1259'))).toEqual(Buffer.alloc(3 * 8192, 'relation'));
  });

  it('restores several', async () => {
    expect((await restore(['app', '16385'])).emptied).toEqual([]);
    expect((await restore(['16384', '16385'])).emptied).toEqual([]);
  });

  it('restores those of the system only, if one of them is wanted', async () => {
    expect((await restore(['template1'])).emptied).toEqual([16384, 16385]);
  });

  it('leaves out a manifest that would not fit', async () => {
    const { folder, summary } = await restore(['app']);
    expect(summary?.manifest).toBe(false);
    expect(readdirSync(join(folder, 'data'))).not.toContain('backup_manifest');
  });

  it.each([
    { text: 'nobody', complaint: 'the backup has no database "nobody"' },
    { text: '16386', complaint: 'the backup has no database with OID 16386' },
  ])('refuses $text, and takes all away', async ({ text, complaint }) => {
    const { error, folder } = await restore([text]);
    expect(String(error)).toContain(complaint);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('needs no catalog for an OID', async () => {
    const damaged = [file('global/pg_filenode.map', ''), file('global/1262', 'x')];
    expect((await restore(['16384'], backup(damaged))).emptied).toEqual([16385]);
    expect(String((await restore(['app'], backup(damaged))).error)).toContain(
      'could not read the names of databases',
    );
  });

  it.each(['16384', 'app'])('refuses an incremental backup for %s', async (text) => {
    const { error } = await restore([text], backup(CATALOG, `${LABEL}INCREMENTAL FROM LSN: 0/1000028\n`));
    expect(String(error)).toContain('could not restore single databases: the backup is incremental');
  });
});
