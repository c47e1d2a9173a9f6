/**
 * The small files in which a backup says what it is: missing, empty, too large and damaged are told apart, in a data
 * directory, in a directory of tars and in a stream, also where the manifest agrees with what is there.
 */

import { renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { encodeAll } from '../../support/frames.ts';
import { seal } from '../manifest/build.ts';
import { controlFile, LAYOUTS } from '../postgres/control-file.ts';
import {
  edit,
  LOCATION,
  type Model,
  makeModel,
  manifestOf,
  modelFrames,
  OID,
  tarOf,
  writePlain,
  writeTars,
} from './model.ts';
import { type Outcome, verifyPlain, verifyStream, verifyTars, type Wishes } from './run.ts';

const folder = temporaryFolder();
const place = join(folder, 'backup');
afterAll(() => removeFolder(folder));
beforeEach(() => rmSync(place, { recursive: true, force: true }));

type Way = 'plain' | 'tars' | 'stream';
const WAYS: readonly Way[] = ['plain', 'tars', 'stream'];
const TOO_LARGE = Buffer.alloc(16 * 1024 ** 2 + 1, 'x');

function verify(way: Way, model: Model, wishes: Wishes = {}): Promise<Outcome> {
  if (way === 'stream') return verifyStream(encodeAll(modelFrames(model)), wishes);
  if (way === 'tars') writeTars(model, place);
  else writePlain(model, place);
  return way === 'tars' ? verifyTars(place, wishes) : verifyPlain(place, wishes);
}

/** A backup in which a file has other contents, and the manifest agrees. */
function withFile(path: string, bytes: Buffer): Model {
  const model = makeModel();
  edit(model.base, path, () => bytes);
  model.manifest = manifestOf(model);
  return model;
}

/** Without a file, in the manifest neither. */
function withoutFile(path: string): Model {
  const model = makeModel();
  model.base.members = model.base.members.filter((member) => member.path !== path);
  model.manifest = manifestOf(model);
  return model;
}

describe.each(WAYS)('a %s backup', (way) => {
  it.each([
    ['global/pg_control', /^invalid control file "global\/pg_control": It has 0 bytes in place of 8192\.$/],
    ['backup_label', /^invalid data in file "backup_label": It does not say where the backup starts\.$/],
    ['PG_VERSION', /^invalid data in file "PG_VERSION": It is empty\.$/],
  ])('with an empty %s is bad', async (path, found) => {
    const { complaints } = await verify(way, withFile(path, Buffer.alloc(0)));
    expect(complaints).toContainEqual(expect.stringMatching(found));
  });

  it.each(['global/pg_control', 'backup_label', 'tablespace_map', 'PG_VERSION'])(
    'with a %s that is too large is bad',
    async (path) => {
      const { complaints } = await verify(way, withFile(path, TOO_LARGE));
      expect(complaints).toContainEqual(
        `file "${path}" is too large: It has 16777217 bytes, and no server writes more than 16777216.`,
      );
    },
  );

  it.each(['global/pg_control', 'backup_label', 'PG_VERSION'])('without %s is bad', async (path) => {
    const { complaints } = await verify(way, withoutFile(path));
    expect(complaints).toContainEqual(`"${path}" is neither in the manifest nor in the backup`);
  });

  it('with an empty tablespace_map is bad, or says that a location was not checked', async () => {
    const { complaints, statistics } = await verify(way, withFile('tablespace_map', Buffer.alloc(0)));
    const stated = { what: `location of tablespace ${OID}`, why: '"tablespace_map" does not have it' };
    if (way === 'tars') expect(statistics.notChecked).toContainEqual(stated);
    else expect(complaints).toContainEqual(expect.stringMatching(/"tablespace_map" does not have/));
  });

  it.each(['global/pg_control', 'backup_label', 'PG_VERSION'])(
    'may have a damaged %s if it is ignored',
    async (path) => {
      const damaged = makeModel();
      edit(damaged.base, path, () => Buffer.from('nonsense'));
      const { complaints, statistics } = await verify(way, damaged, { ignore: [path] });
      expect(complaints).toEqual([]);
      expect(statistics.parts).not.toContain(path);
      if (path !== 'PG_VERSION')
        expect(statistics.notChecked).toContainEqual({ what: path, why: 'it is to be ignored' });
    },
  );

  it('may have any PG_VERSION where checksums are skipped, as for pg_verifybackup', async () => {
    const damaged = makeModel();
    edit(damaged.base, 'PG_VERSION', () => Buffer.from('qqq'));
    expect((await verify(way, damaged, { skipChecksums: true })).complaints).toEqual([]);
  });

  it('of a newer version is not called bad, and all else is checked', async () => {
    const { complaints, statistics } = await verify(
      way,
      withFile('global/pg_control', controlFile(LAYOUTS.later)),
    );
    expect(complaints).toEqual([]);
    expect(statistics.newer).toEqual([
      '"global/pg_control" was written by a newer PostgreSQL than this bb knows: control file version 2001, the newest known is 1905',
    ]);
    expect(statistics.checksums.count).toBe(9);
    if (way !== 'plain') expect(statistics.wal.records).toBe(4);
    expect(statistics.notChecked).toContainEqual({
      what: 'global/pg_control',
      why: 'written by a newer PostgreSQL than this bb knows',
    });
  });

  it('with a manifest of a newer version is not called bad, and all else is checked', async () => {
    const newer = makeModel();
    const text = newer.manifest.toString().replace('Manifest-Version": 2', 'Manifest-Version": 3');
    newer.manifest = seal(text.slice(0, text.indexOf('"Manifest-Checksum"')));
    const { complaints, statistics } = await verify(way, newer);
    expect(complaints).toEqual([]);
    expect(statistics.newer).toEqual([expect.stringContaining('manifest version 3, the newest known is 2')]);
    expect(statistics).toMatchObject({ checksums: { count: 9 }, pages: { good: 6 }, wal: { records: 4 } });
  });

  it.each([2, 3])(
    'whose data checksums are in state %i has its pages not checked',
    async (dataChecksumVersion) => {
      const sizes = [1024, 2 ** 20, 8192, 2 ** 20] as const;
      const control = controlFile(LAYOUTS.beta2, { sizes, dataChecksumVersion });
      const { statistics } = await verify(way, withFile('global/pg_control', control));
      expect(statistics.notChecked).toContainEqual({
        what: 'page checksums',
        why: 'data checksums were being switched',
      });
      expect(statistics.pages).toMatchObject({ good: 0, bad: 0 });
    },
  );

  it('whose data checksums might be switched by WAL that is not checked has its pages not checked', async () => {
    const control = controlFile(LAYOUTS.beta2, { sizes: [1024, 2 ** 20, 8192, 2 ** 20] });
    const { statistics } = await verify(way, withFile('global/pg_control', control), { parseWal: false });
    expect(statistics.notChecked).toContainEqual(
      expect.objectContaining({
        what: 'page checksums',
        why: expect.stringContaining('WAL that was not checked'),
      }),
    );
  });

  it.each([
    {
      what: 'longer',
      change: (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(8192)]),
      size: 2 ** 20 + 8192,
    },
    { what: 'shorter', change: (bytes: Buffer) => bytes.subarray(0, 2 ** 20 - 8192), size: 2 ** 20 - 8192 },
  ])('with a segment that is $what than a segment is bad', async ({ change, size }) => {
    const damaged = makeModel();
    const name = damaged.wal.members.filter(({ path }) => /^[0-9A-F]{24}$/.test(path)).at(-1)?.path ?? '';
    edit(damaged.wal, name, change);
    const { complaints } = await verify(way, damaged);
    expect(complaints).toContain(`WAL segment "${name}" has ${size} bytes instead of 1048576`);
  });
});

describe('a data directory whose map and links', () => {
  const link = join(place, 'pg_tblspc', String(OID));

  it('name one directory by two names is good', async () => {
    writePlain(makeModel(), place);
    const alias = join(folder, 'alias');
    symlinkSync(LOCATION, alias);
    unlinkSync(link);
    symlinkSync(alias, link);
    expect((await verifyPlain(place)).complaints).toEqual([]);
  });

  it('name different directories is bad', async () => {
    writePlain(makeModel(), place);
    const moved = join(folder, 'moved');
    renameSync(LOCATION, moved);
    unlinkSync(link);
    symlinkSync(moved, link);
    expect((await verifyPlain(place)).complaints).toEqual([
      `"pg_tblspc/${OID}" is a link to "${moved}", but by "tablespace_map" tablespace ${OID} is at "${LOCATION}"`,
    ]);
    expect((await verifyPlain(place, { ignore: [`pg_tblspc/${OID}`] })).complaints).not.toContainEqual(
      expect.stringContaining('is a link'),
    );
    rmSync(moved, { recursive: true });
  });

  it('are not compared where the link is a directory', async () => {
    writePlain(makeModel(), place);
    unlinkSync(link);
    renameSync(LOCATION, link);
    const { complaints, statistics } = await verifyPlain(place);
    expect(complaints).toEqual([]);
    const stated = { what: `location of tablespace ${OID}`, why: `"pg_tblspc/${OID}" is a directory` };
    expect(statistics.notChecked).toContainEqual(stated);
  });
});

describe('WAL in a tar elsewhere', () => {
  const elsewhere = join(folder, 'wal.tar');
  const model = makeModel({ branchAt: 3 });

  it.each([
    { name: 'as it is', bytes: tarOf(model.wal) },
    { name: 'compressed', bytes: gzipSync(tarOf(model.wal)) },
    { name: 'in any order', bytes: tarOf({ ...model.wal, members: [...model.wal.members].reverse() }) },
    {
      name: 'below pg_wal, compressed and in any order',
      bytes: gzipSync(
        tarOf({
          ...model.wal,
          members: model.wal.members
            .map((member) => ({ ...member, path: `./pg_wal/${member.path}` }))
            .reverse(),
        }),
      ),
    },
  ])('is found good: $name', async ({ bytes }) => {
    writeFileSync(elsewhere, bytes);
    const bare = { ...model, wal: { name: 'pg_wal.tar', members: [] } };
    for (const way of WAYS) {
      rmSync(place, { recursive: true, force: true });
      const { complaints, statistics } = await verify(way, bare, { wal: elsewhere });
      expect(complaints).toEqual([]);
      expect(statistics.wal.ranges).toBe(2);
    }
  });

  it.each([
    { name: 'is cut', bytes: tarOf(model.wal).subarray(0, 700_000), found: /^archive ".*" is cut short/ },
    { name: 'is no tar', bytes: Buffer.alloc(2048, 'x'), found: /^malformed archive/ },
    { name: 'has no WAL', bytes: tarOf({ name: 'x', members: [] }), found: /WAL is missing|is missing/ },
  ])('that $name is bad', async ({ bytes, found }) => {
    writeFileSync(elsewhere, bytes);
    writePlain(model, place);
    const { complaints } = await verifyPlain(place, { wal: elsewhere });
    expect(complaints).toContainEqual(expect.stringMatching(found));
  });
});

describe('a directory of tars', () => {
  it.each([
    { zeros: 1024, stated: 1024 },
    { zeros: 10240, stated: 10240 },
    { zeros: 1024 ** 2, stated: 1024 ** 2 },
  ])('says that $zeros zeros after the end of an archive are not covered', async ({ zeros, stated }) => {
    const model = makeModel();
    writeTars(model, place);
    const tar = tarOf(model.base);
    writeFileSync(join(place, 'base.tar'), Buffer.concat([tar, Buffer.alloc(zeros)]));
    const { complaints, statistics } = await verifyTars(place);
    expect(complaints).toEqual([]);
    const what = `${stated} bytes of zeros after the end of archive "base.tar"`;
    expect(statistics.notChecked).toContainEqual({ what, why: 'more than a tar has' });
  });

  it('may be filled up as tar fills up its records', async () => {
    const model = makeModel();
    writeTars(model, place);
    const tar = tarOf(model.base);
    writeFileSync(join(place, 'base.tar'), Buffer.concat([tar, Buffer.alloc(10240 - (tar.length % 10240))]));
    expect((await verifyTars(place)).statistics.notChecked).toEqual([]);
  });

  it('without an archive that may have WAL says so', async () => {
    writeTars(makeModel(), place);
    for (const name of ['base.tar', 'pg_wal.tar']) unlinkSync(join(place, name));
    expect((await verifyTars(place)).complaints).toContain('WAL archive not found');
  });
});
