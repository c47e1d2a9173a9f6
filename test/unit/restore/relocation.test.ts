/** Tablespaces to other places: links, tablespace_map and manifest agree. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { archive, backupFrames } from '../../support/frames.ts';
import { every } from '../../support/rechunk.ts';
import { tree } from '../../support/tree.ts';
import { buildManifest } from '../manifest/build.ts';
import { file, tar } from '../tar/build.ts';
import { CONTROL, cluster, LABEL, lendFrames, paths, scratch, tryExtract } from './cluster.ts';

/** Locations that nobody has: were they not mapped, the tests could not make them. */
const tablespaces = [
  { oid: 16384, location: '/proc/none/a b' },
  { oid: 16385, location: '/proc/none/c\\d\\e=' },
];

describe('extract with mappings', () => {
  it('makes the links, and leaves tablespace_map out of the directory and the manifest', async () => {
    const folder = scratch();
    const targets = [join(folder, 'new a'), join(folder, 'new\\c')];
    const mappings = tablespaces.map(({ location }, index) => ({ from: location, to: targets[index] ?? '' }));
    const frames = lendFrames(cluster({ tablespaces }), every(700));
    expect(await tryExtract(folder, frames, { mappings })).toMatchObject({ summary: { archives: 3 } });

    const entries = await tree(folder);
    expect(entries.get('data/pg_tblspc/16384')).toMatchObject({ link: targets[0] });
    expect(entries.get('new\\c/PG_15_202209061/5/16390')).toMatchObject({ size: 'relation in 16385'.length });
    expect(entries.has('data/tablespace_map')).toBe(false);
    const files = { backup_label: Buffer.from(LABEL), 'global/pg_control': CONTROL };
    expect(readFileSync(join(folder, 'data/backup_manifest'))).toEqual(buildManifest({ files }));
  });

  it('leaves the map out when nothing moves, too', async () => {
    const folder = scratch();
    const map = Buffer.from(`16384 ${folder}/\\ts\n`); // an escape that the server would not write
    const frames = cluster({ tablespaces: [{ oid: 16384, location: join(folder, 'ts') }], map });
    await tryExtract(folder, frames);
    expect(paths(folder)).not.toContain('data/tablespace_map');
    expect(readFileSync(join(folder, 'data/backup_manifest'), 'utf8')).not.toContain('tablespace_map');
  });

  it('takes a backup without a manifest', async () => {
    const folder = scratch();
    const [moves = { oid: 0, location: '' }] = tablespaces;
    const mappings = [{ from: moves.location, to: join(folder, 'new') }];
    const frames = cluster({ tablespaces: [moves], manifest: false });
    expect(await tryExtract(folder, frames, { mappings })).toMatchObject({ summary: { manifest: false } });
    expect(paths(folder)).not.toContain('data/tablespace_map');
  });

  it.each([
    {
      name: 'is damaged',
      damage: (text: string) => text.replace(LABEL.length.toString(), '99'),
      complaint: 'manifest checksum mismatch',
    },
    {
      name: 'is cut short',
      damage: (text: string) => text.slice(0, -20),
      complaint: 'could not parse backup manifest: it ends in the wrong place',
    },
    {
      name: 'is of an unknown form',
      damage: () => '{"files": []}\n',
      complaint: 'could not parse backup manifest: it does not begin with its version',
    },
    {
      name: 'does not list tablespace_map',
      damage: () => buildManifest({ files: {} }).toString(),
      complaint: '"tablespace_map" is not in the backup manifest',
    },
  ])('refuses to edit a manifest that $name', async ({ damage, complaint }) => {
    const folder = scratch();
    const mappings = tablespaces.map(({ oid, location }) => ({ from: location, to: join(folder, `${oid}`) }));
    let inManifest = false;
    const frames = cluster({ tablespaces }).map((frame): Frame => {
      if (frame.type === 'manifest') inManifest = true;
      if (frame.type !== 'data' || !inManifest) return frame;
      const bytes = Buffer.from(damage(Buffer.concat(frame.parts).toString()));
      return { type: 'data', parts: [bytes], bytes: bytes.length };
    });
    const { error } = await tryExtract(folder, frames, { mappings });
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty('message', complaint);
    expect(paths(folder)).toEqual([]);
  });
});

describe('tablespace_map', () => {
  it.each([
    {
      name: 'names a tablespace without archive',
      map: '16384 /a\n16390 /b\n',
      detail: 'It names tablespace 16390 at "/b", of which there is no archive.',
    },
    {
      name: 'has another location',
      map: '16384 /b\n',
      detail: 'It has tablespace 16384 at "/b", the list at "/a".',
    },
    { name: 'lacks a tablespace', map: '', detail: 'It does not name tablespace 16384.' },
  ])('is refused if it $name', async ({ map, detail }) => {
    const folder = scratch();
    const mappings = [{ from: '/a', to: join(folder, 'new') }];
    const frames = cluster({ tablespaces: [{ oid: 16384, location: '/a' }], map: Buffer.from(map) });
    const { error } = await tryExtract(folder, frames, { mappings });
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({
      message: 'file "tablespace_map" does not agree with the tablespaces of the backup',
      detail,
    });
    expect(paths(folder)).toEqual([]);
  });

  it('is refused in a single tar if it names any tablespace, since that is not all of the cluster', async () => {
    const folder = scratch();
    const base = tar(file('backup_label', ''), file('tablespace_map', '16384 /a\n'));
    const { error } = await tryExtract(folder, [...archive('base.tar', '', base), { type: 'end' }]);
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty(
      'detail',
      'It names tablespace 16384 at "/a", of which there is no archive.',
    );
  });

  it('is refused if it is there twice', async () => {
    const members = [file('./tablespace_map', '')];
    const { error } = await tryExtract(scratch(), cluster({ members }));
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty('message', expect.stringContaining('"tablespace_map"'));
  });

  it('is refused if it is malformed', async () => {
    const { error } = await tryExtract(scratch(), cluster({ map: Buffer.from('no map') }));
    expect(error).toHaveProperty('message', 'invalid data in file "tablespace_map"');
  });

  it('is not believed beyond all measure', async () => {
    const folder = scratch();
    const head = file('tablespace_map', '', { size: 70_000_000 });
    const copy = archive(
      'base.tar',
      '',
      head,
      ...Array.from({ length: 70 }, () => Buffer.alloc(1_000_000, '1')),
    );
    const { error } = await tryExtract(folder, backupFrames({ copy }));
    expect(error).toHaveProperty('message', expect.stringContaining('cannot be edited'));
  });
});
