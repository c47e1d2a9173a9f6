/** What is left when a part of a backup is extracted. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { type SelectionChoice, SelectionStep } from '../../../../lib/restore/selection/selection-step.ts';
import { archive, backupFrames } from '../../../support/frames.ts';
import { directory, file, tar } from '../../tar/build.ts';
import { baseMembers, cluster, paths, scratch, tablespaceTar, tryExtract } from '../cluster.ts';

const WAL = '000000010000000000000002';

/** A backup with a log and WAL, extracted by a choice. */
async function extractPart(folder: string, choice: Partial<SelectionChoice>) {
  const selection = new SelectionStep({ only: [], exclude: [], ...choice });
  const contained = (choice.only ?? []).length > 0;
  const members = [directory('log'), file('log/postgresql.log', 'started')];
  const wal = archive('pg_wal.tar', '', tar(file(WAL, 'wal')));
  const frames = cluster({ members });
  const manifestAt = frames.findIndex(({ type }) => type === 'manifest');
  frames.splice(manifestAt, 0, ...wal);
  const outcome = await tryExtract(folder, frames, { steps: [selection], contained });
  return { ...outcome, selection };
}

interface Row {
  readonly name: string;
  readonly choice: Partial<SelectionChoice>;
  readonly left: readonly string[];
  readonly startable?: boolean;
}

const rows: readonly Row[] = [
  {
    name: 'one file',
    choice: { only: ['global/pg_control'] },
    left: ['global', 'global/pg_control'],
  },
  {
    name: 'a directory',
    choice: { only: ['base/1'] },
    left: ['base', 'base/1', 'base/1/1259', 'base/1/2600'],
  },
  {
    name: 'WAL, which is in an archive of its own',
    choice: { only: [`pg_wal/${WAL}`] },
    left: ['pg_wal', `pg_wal/${WAL}`],
  },
  {
    name: 'a directory but for some files in it',
    choice: { only: ['base', 'PG_VERSION'], exclude: ['**/2600'] },
    left: ['PG_VERSION', 'base', 'base/1', 'base/1/1259'],
  },
  {
    name: 'a directory without what is in it',
    choice: { only: ['log'], exclude: ['log/*'] },
    left: ['log'],
  },
];

describe('SelectionStep', () => {
  it.each(rows)('extracts only $name', async ({ choice, left }) => {
    const folder = scratch();
    const { summary, selection } = await extractPart(folder, choice);
    expect(summary).toMatchObject({ manifest: false });
    expect(paths(join(folder, 'data'))).toEqual(left);
    expect(selection.startable).toBe(false);
    expect([selection.files, selection.leftOut]).toEqual([8, 8 - (summary?.files ?? 0)]);
  });

  const exclusions = [
    { name: 'a log', exclude: ['log/*'], gone: ['log/postgresql.log'], startable: true },
    { name: 'all logs', exclude: ['log'], gone: ['log', 'log/postgresql.log'], startable: true },
    { name: 'a relation', exclude: ['base/1/1259'], gone: ['base/1/1259'], startable: false },
    { name: 'WAL', exclude: ['pg_wal/0*'], gone: [`pg_wal/${WAL}`], startable: false },
    { name: 'the control file', exclude: ['global/*'], gone: ['global/pg_control'], startable: false },
  ];
  it.each(exclusions)('extracts all but $name', async ({ exclude, gone, startable }) => {
    const [whole, part] = [scratch(), scratch()];
    await extractPart(whole, {});
    const { summary, selection } = await extractPart(part, { exclude });
    const before = paths(join(whole, 'data'));
    const missing = before.filter((path) => !existsSync(join(part, 'data', path)));
    expect(missing).toEqual(['backup_manifest', ...gone].sort());
    expect(summary).toMatchObject({ manifest: false });
    expect(selection.startable).toBe(startable);
  });

  it('extracts everything, and the manifest, if it leaves nothing out', async () => {
    const folder = scratch();
    const { summary, selection } = await extractPart(folder, { only: ['**'], exclude: ['nosuch'] });
    expect(summary).toMatchObject({ manifest: true, files: 8 });
    expect(selection.startable).toBe(true);
  });

  it.each([['nosuch'], ['base/1', 'nosuch']])(
    'refuses a pattern that chooses nothing: %s',
    async (...only) => {
      const folder = scratch();
      const { error } = await extractPart(folder, { only });
      expect(error).toEqual(new TroubleError('no file or directory of the backup matches "nosuch"'));
      expect(paths(folder)).toEqual([]);
    },
  );

  it('notices a backup that lacks what is left out', async () => {
    const base = tar(...baseMembers({}).slice(0, -1)); // without pg_control
    const frames = backupFrames({ copy: archive('base.tar', '', base) });
    const selection = new SelectionStep({ only: ['PG_VERSION'], exclude: [] });
    const { error } = await tryExtract(scratch(), frames, { steps: [selection], contained: true });
    expect(error).toHaveProperty('message', 'archive "base.tar" lacks file "global/pg_control"');
  });

  it('puts tablespaces into the data directory, where their locations do not matter', async () => {
    const folder = scratch();
    const location = join(folder, 'live');
    mkdirSync(location);
    writeFileSync(join(location, 'precious'), '');
    const selection = new SelectionStep({ only: ['pg_tblspc', 'tablespace_map'], exclude: [] });
    const frames = cluster({ tablespaces: [{ oid: 16384, location }] });
    expect(tablespaceTar(16384)).toBeDefined();
    const options = { steps: [selection], contained: true };
    expect(await tryExtract(folder, frames, options)).toHaveProperty('summary');
    expect(paths(folder)).toEqual([
      'data',
      'data/pg_tblspc',
      'data/pg_tblspc/16384',
      'data/pg_tblspc/16384/PG_15_202209061',
      'data/pg_tblspc/16384/PG_15_202209061/5',
      'data/pg_tblspc/16384/PG_15_202209061/5/16390',
      'data/tablespace_map',
      'live',
      'live/precious',
    ]);
    expect(readFileSync(join(folder, 'data/tablespace_map'), 'utf8')).toBe(`16384 ${location}\n`);
    expect(selection.startable).toBe(false);
  });

  it.each(['pg_tblspc', 'pg_tblspc/**', 'pg_tblspc/*', 'pg_tblspc/16384'])(
    'does not mind the location of a tablespace that it leaves out: %s',
    async (pattern) => {
      const folder = scratch();
      const location = join(folder, 'live');
      mkdirSync(location);
      writeFileSync(join(location, 'precious'), '');
      const selection = new SelectionStep({ only: [], exclude: [pattern] });
      const frames = cluster({ tablespaces: [{ oid: 16384, location }] });
      const { summary } = await tryExtract(folder, frames, { steps: [selection] });
      expect(summary).toMatchObject({ manifest: false });
      const left = paths(folder);
      expect(left.filter((path) => /live|pg_tblspc.|_map/.test(path))).toEqual(['live', 'live/precious']);
      expect(left).toContain('data/global/pg_control');
      expect([selection.leftOut, selection.startable]).toEqual([1, false]);
    },
  );

  it('leaves tablespace_map out where there are links, which is no part that is missing', async () => {
    const folder = scratch();
    const selection = new SelectionStep({ only: [], exclude: ['tablespace_map'] });
    const tablespaces = [{ oid: 16384, location: join(folder, 'ts') }];
    const steps = [selection];
    const { summary } = await tryExtract(folder, cluster({ tablespaces }), { steps });
    expect(summary).toMatchObject({ manifest: true });
    expect(paths(folder)).not.toContain('data/tablespace_map');
    expect([selection.leftOut, selection.startable]).toEqual([0, true]);
  });

  it('cannot make a cluster of one with tablespaces in other places, be it whole', async () => {
    const folder = scratch();
    const selection = new SelectionStep({ only: ['**'], exclude: [] });
    const frames = cluster({ tablespaces: [{ oid: 16384, location: join(folder, 'ts') }] });
    await tryExtract(folder, frames, { steps: [selection], contained: true });
    expect([selection.leftOut, selection.startable]).toEqual([0, false]);
  });
});
