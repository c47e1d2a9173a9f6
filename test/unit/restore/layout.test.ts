/** What an extraction leaves: names, contents, permissions, links. */

import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compressArchives } from '../../../lib/filter/compress.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { archive, backupFrames } from '../../support/frames.ts';
import { CUTS } from '../../support/rechunk.ts';
import { tree } from '../../support/tree.ts';
import { buildManifest } from '../manifest/build.ts';
import { directory, file, header, symlink, tar } from '../tar/build.ts';
import { baseMembers, CONTROL, cluster, LABEL, lendFrames, scratch, tryExtract } from './cluster.ts';

const mode = (path: string) => statSync(path).mode & 0o7777;

describe('extract', () => {
  it('makes a data directory', async () => {
    const folder = scratch();
    const { summary } = await tryExtract(folder, cluster());
    expect(summary).toMatchObject({ archives: 1, files: 5, manifest: true });
    expect(readFileSync(join(folder, 'data/backup_label'), 'utf8')).toBe(LABEL);
    expect(readFileSync(join(folder, 'data/global/pg_control'))).toEqual(CONTROL);
    expect([...(await tree(folder))].map(([path, { mode }]) => `${mode} ${path}`)).toEqual([
      '0700 data',
      '0600 data/PG_VERSION',
      '0600 data/backup_label',
      '0600 data/backup_manifest',
      '0700 data/base',
      '0700 data/base/1',
      '0600 data/base/1/1259',
      '0600 data/base/1/2600',
      '0700 data/global',
      '0600 data/global/pg_control',
      '0700 data/pg_tblspc',
      '0700 data/pg_wal',
      '0700 data/pg_wal/archive_status',
    ]);
  });

  it('waits for the disk if told so, with the same result', async () => {
    const [fast, safe] = [scratch(), scratch()];
    await tryExtract(fast, cluster());
    expect(await tryExtract(safe, cluster(), { sync: true })).toMatchObject({ summary: { files: 5 } });
    expect(await tree(safe)).toEqual(await tree(fast));
  });

  it.each(CUTS)('does not depend on the cuts: $name', async ({ cut }) => {
    const [once, cutUp] = [scratch(), scratch()];
    const location = (folder: string) => [{ oid: 16384, location: join(folder, 'ts') }];
    await tryExtract(once, cluster({ tablespaces: location(once) }));
    const frames = lendFrames(cluster({ tablespaces: location(cutUp) }), cut);
    expect(await tryExtract(cutUp, frames)).toHaveProperty('summary');
    const comparable = async (folder: string) => {
      const entries = await tree(folder);
      entries.delete('data/pg_tblspc/16384');
      return entries;
    };
    expect(await comparable(cutUp)).toEqual(await comparable(once));
  });

  it.each(['gzip', 'lz4', 'zstd'] as const)(
    'makes the same of archives compressed with %s',
    async (method) => {
      const [plain, compressed] = [scratch(), scratch()];
      await tryExtract(plain, cluster());
      const listener = { compressedAlready: () => {}, done: () => {} };
      const frames = compressArchives({ method }, listener)(lendFrames(cluster()));
      expect(await tryExtract(compressed, frames)).toHaveProperty('summary.files', 5);
      expect(await tree(compressed)).toEqual(await tree(plain));
    },
  );

  it('puts tablespaces at their locations, with links', async () => {
    const folder = scratch();
    const tablespaces = ['deep/er/ts 1', 'größe=2'].map((name, index) => ({
      oid: 16384 + index,
      location: join(folder, name),
    }));
    const { summary } = await tryExtract(folder, cluster({ tablespaces }));
    expect(summary).toMatchObject({ archives: 3, files: 7 });
    const entries = await tree(folder);
    for (const { oid, location } of tablespaces) {
      expect(entries.get(`data/pg_tblspc/${oid}`)).toMatchObject({ link: location });
      const path = join(location, 'PG_15_202209061/5/16390');
      expect(readFileSync(path, 'utf8')).toBe(`relation in ${oid}`);
      expect(entries.get(relative(folder, location))).toMatchObject({ mode: '0700' });
    }
  });

  it('leaves a tablespace in place that lies in pg_tblspc', async () => {
    const folder = scratch();
    const tablespaces = [{ oid: 16384, location: 'pg_tblspc/16384' }];
    const members = [directory('pg_tblspc/16384')];
    expect(await tryExtract(folder, cluster({ tablespaces, members }))).toHaveProperty('summary');
    const path = join(folder, 'data/pg_tblspc/16384/PG_15_202209061/5/16390');
    expect(readFileSync(path, 'utf8')).toBe('relation in 16384');
  });

  it('takes a link to a tablespace in place of tablespace_map', async () => {
    const folder = scratch();
    const location = join(folder, 'ts');
    const members = [symlink('pg_tblspc/16384', location), file('global/pg_control', '')];
    const base = tar(file('backup_label', ''), file('PG_VERSION', ''), directory('pg_tblspc'), ...members);
    const copy = [...archive('16384.tar', location, tar()), ...archive('base.tar', '', base)];
    const frames = backupFrames({ tablespaces: [{ oid: 16384, location }], copy });
    const { summary } = await tryExtract(folder, frames);
    expect(summary).toMatchObject({ manifest: false });
    expect((await tree(folder)).get('data/pg_tblspc/16384')).toMatchObject({ link: location });
  });

  it('puts WAL that comes in turns with the rest into pg_wal', async () => {
    const folder = scratch();
    const name = '000000010000000000000002';
    const wal = tar(file(name, 'first, second, third'), file(`archive_status/${name}.done`, ''));
    const run = (start: number, end?: number): Frame[] => archive('pg_wal.tar', '', wal.subarray(start, end));
    const copy = [
      ...run(0, 520),
      ...archive('base.tar', '', tar(...baseMembers({}))),
      ...run(520, 527),
      { type: 'manifest' as const },
      ...archive('', '', buildManifest({ files: { tablespace_map: Buffer.alloc(0) } })).slice(1),
      ...run(527),
    ];
    const { summary } = await tryExtract(folder, backupFrames({ copy }));
    expect(summary).toMatchObject({ archives: 2, files: 7, manifest: true });
    expect(readFileSync(join(folder, 'data/pg_wal', name), 'utf8')).toBe('first, second, third');
    expect((await tree(folder)).get(`data/pg_wal/archive_status/${name}.done`)).toMatchObject({ size: 0 });
  });

  it('takes a tar made by other tools, with names that begin with "./" and without directories', async () => {
    const folder = scratch();
    const names = ['backup_label', 'PG_VERSION', 'base/5/1259', 'global/pg_control'];
    const base = tar(directory('.'), ...names.map((name) => file(`./${name}`, name)));
    const frames: Frame[] = [...archive('base.tar', '', base), { type: 'end' }];
    expect(await tryExtract(folder, frames)).toMatchObject({ summary: { files: 4 } });
    expect(readFileSync(join(folder, 'data/base/5/1259'), 'utf8')).toBe('base/5/1259');
    expect(mode(join(folder, 'data/base/5'))).toBe(0o700);
  });
});

describe('permissions', () => {
  it.each([
    { name: 'what the owner has', kind: '0', given: 0o600, mode: 0o600 },
    { name: "the group's to read", kind: '0', given: 0o640, mode: 0o640 },
    { name: 'those to execute', kind: '0', given: 0o750, mode: 0o750 },
    { name: 'no more for the owner than there was', kind: '0', given: 0o400, mode: 0o400 },
    { name: "not others' nor the group's to write", kind: '0', given: 0o666, mode: 0o640 },
    { name: 'not to run as somebody else', kind: '0', given: 0o6755, mode: 0o750 },
    { name: "a directory's for the group", kind: '5', given: 0o750, mode: 0o750 },
    { name: "not a directory's for others, nor the sticky bit", kind: '5', given: 0o1777, mode: 0o750 },
    { name: "all of the owner's for a directory", kind: '5', given: 0o500, mode: 0o700 },
  ])('restores $name', async ({ kind, given, mode: expected }) => {
    const folder = scratch();
    const member = header({ path: kind === '5' ? 'extra/' : 'extra', type: kind, mode: given });
    const umask = process.umask(0o077);
    try {
      expect(await tryExtract(folder, cluster({ members: [member] }))).toHaveProperty('summary');
    } finally {
      process.umask(umask);
    }
    expect(mode(join(folder, 'data/extra'))).toBe(expected);
  });

  it('lets the group in where the server does', async () => {
    const folder = scratch();
    const tablespaces = [{ oid: 16384, location: join(folder, 'ts') }];
    const frames = cluster({ tablespaces }).map((frame): Frame => {
      if (frame.type !== 'data') return frame;
      const base = tar(...baseMembers({ tablespaces }).map(openToGroup));
      return frame.parts[0]?.includes('backup_label') && frame.parts[0].includes('PG_VERSION')
        ? { type: 'data', parts: [base], bytes: base.length }
        : frame;
    });
    expect(await tryExtract(folder, frames)).toHaveProperty('summary');
    expect([mode(join(folder, 'data')), mode(join(folder, 'ts'))]).toEqual([0o750, 0o750]);
    expect(mode(join(folder, 'data/backup_manifest'))).toBe(0o640);
  });

  it('sets those of a data directory that was there, but not of a tablespace', async () => {
    const folder = scratch();
    const tablespaces = [{ oid: 16384, location: join(folder, 'ts') }];
    for (const name of ['data', 'ts']) {
      mkdirSync(join(folder, name));
      chmodSync(join(folder, name), 0o755);
    }
    expect(await tryExtract(folder, cluster({ tablespaces }))).toHaveProperty('summary');
    expect([mode(join(folder, 'data')), mode(join(folder, 'ts'))]).toEqual([0o700, 0o755]);
  });
});

function openToGroup(member: Buffer): Buffer {
  const path = member.toString('utf8', 0, member.indexOf(0));
  return path.endsWith('/') ? header({ path, type: '5', mode: 0o750 }) : member;
}
