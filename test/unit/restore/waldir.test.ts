/** WAL in a directory of its own: what comes from base.tar and from pg_wal.tar, and what is left after a failure. */

import { existsSync, mkdirSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../lib/stream/frame.ts';
import { archive, completed } from '../../support/frames.ts';
import { file, tar } from '../tar/build.ts';
import { cluster, scratch, tryExtract } from './cluster.ts';

const SEGMENT = '000000010000000000000002';

/** A backup whose pg_wal.tar comes in two parts, the second behind the manifest. */
function withWal(): Frame[] {
  const frames = cluster();
  const wal = tar(file(SEGMENT, Buffer.alloc(2000, 'wal')), file(`archive_status/${SEGMENT}.done`, ''));
  const first = frames.findIndex(({ type }) => type === 'archive');
  const end = frames.findIndex(({ type }) => type === 'copy-done');
  return completed([
    ...frames.slice(0, first),
    ...archive('pg_wal.tar', '', wal.subarray(0, 700)),
    ...frames.slice(first, end),
    ...archive('pg_wal.tar', '', wal.subarray(700)),
    ...frames.slice(end),
  ]);
}

describe('extract, with a directory for WAL', () => {
  it.each([
    { name: 'that is not there', prepare: () => {} },
    { name: 'that is there and empty', prepare: (waldir: string) => mkdirSync(waldir) },
  ])('$name, puts all of pg_wal there and a link in its place', async ({ prepare }) => {
    const folder = scratch();
    const waldir = join(folder, 'wal');
    prepare(waldir);
    expect(await tryExtract(folder, withWal(), { waldir })).toHaveProperty('summary');
    expect(readlinkSync(join(folder, 'data/pg_wal'))).toBe(waldir);
    expect(readdirSync(waldir).sort()).toEqual([SEGMENT, 'archive_status']);
    expect(statSync(join(waldir, SEGMENT)).size).toBe(2000);
    expect(readdirSync(join(waldir, 'archive_status'))).toEqual([`${SEGMENT}.done`]);
  });

  it('puts WAL into pg_wal itself without one', async () => {
    const folder = scratch();
    expect(await tryExtract(folder, withWal())).toHaveProperty('summary');
    expect(readdirSync(join(folder, 'data/pg_wal')).sort()).toEqual([SEGMENT, 'archive_status']);
  });

  it.each([
    { name: 'made by the extraction', prepare: () => {}, left: false },
    { name: 'that was there', prepare: (waldir: string) => mkdirSync(waldir), left: true },
  ])('$name, leaves nothing in it after a failure', async ({ prepare, left }) => {
    const folder = scratch();
    const waldir = join(folder, 'wal');
    prepare(waldir);
    const cut = withWal().filter(({ type }) => type !== 'end');
    const { error } = await tryExtract(folder, cut, { waldir });
    expect(String(error)).toContain('stream ended before its end');
    expect(existsSync(join(folder, 'data'))).toBe(false);
    expect(existsSync(waldir)).toBe(left);
    if (left) expect(readdirSync(waldir)).toEqual([]);
  });

  it.each([
    { name: 'that is not empty', path: ['full'], complaint: 'exists but is not empty' },
    { name: 'in the data directory', path: ['data', 'wal'], complaint: 'WAL directory would lie in that of' },
    { name: 'that is the data directory', path: ['data'], complaint: 'would share a directory with' },
  ])('$name, is refused', async ({ path, complaint }) => {
    const folder = scratch();
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full', 'file'), '');
    const { error } = await tryExtract(folder, withWal(), { waldir: join(folder, ...path) });
    expect(String(error)).toContain(complaint);
    expect(readdirSync(join(folder, 'full'))).toEqual(['file']);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });
});
