/** In which order files and directories get to the disk and get their names, while a backup is applied. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';
import { incrementalFile } from '../../page/incremental-file.ts';
import { BLOCK_BYTES, combine, storeBackup } from '../stored-backup.ts';
import { apply } from './directories.ts';

/** What happens, in its order. */
const log = vi.hoisted((): { sync?: readonly string[]; rename?: string }[] => []);

vi.mock('../../../../lib/io/durable.ts', () => ({
  syncAll: async (paths: Iterable<string>) => {
    log.push({ sync: [...paths] });
  },
}));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    renameSync: (from: string, to: string) => {
      log.push({ rename: to });
      fs.renameSync(from, to);
    },
  };
});

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

/** A full backup, restored, and one in which one of two relations has changed. */
async function prepare(name: string) {
  const place = join(folder, name);
  mkdirSync(place);
  const directory = join(place, 'restored');
  const some = (blocks: readonly number[]) =>
    incrementalFile({ blocks, truncation: 2, blockBytes: BLOCK_BYTES });
  const pages = Buffer.alloc(2 * BLOCK_BYTES, 1);
  const [full = '', next = ''] = [
    storeBackup(place, { number: 0, files: { 1: pages, 2: pages } }),
    storeBackup(place, {
      number: 1,
      from: 0,
      files: { 'INCREMENTAL.1': some([1]), 'INCREMENTAL.2': some([]) },
    }),
  ];
  await combine([full], directory);
  log.length = 0;
  return { next, directory, inDirectory: (path: string) => join(directory, path) };
}

describe('applyBackup', () => {
  it('has each step on disk before the next one', async () => {
    const { next, directory, inDirectory } = await prepare('synced');
    await apply(next, directory, { sync: true });
    const all = log.findIndex(({ sync }) => (sync?.length ?? 0) > 2);
    const step = (kind: 'sync' | 'rename', path: string) =>
      kind === 'sync' ? { sync: [inDirectory(path)] } : { rename: inDirectory(path) };
    expect(log.slice(0, all)).toEqual([
      step('sync', 'backup_label.bb-combine.bb-combine.partial'),
      step('rename', 'backup_label.bb-combine'),
      { sync: [directory] },
      step('rename', 'global/pg_control.bb-combine'),
      step('sync', 'global'),
    ]);
    expect(log[all]?.sync).toEqual(
      expect.arrayContaining(
        [
          'base/5/1',
          'base/5',
          'PG_VERSION',
          'global/pg_control.bb-combine.partial',
          'backup_label.bb-combine.partial',
          'backup_manifest.bb-combine.partial',
        ].map(inDirectory),
      ),
    );
    expect(log[all]?.sync).not.toContain(inDirectory('base/5/2'));
    expect(log.slice(all + 1)).toEqual([
      step('rename', 'backup_label'),
      step('rename', 'backup_manifest'),
      { sync: [directory] },
      step('rename', 'global/pg_control'),
      step('sync', 'global'),
      { sync: [inDirectory('global'), directory] },
    ]);
  });

  it('waits for nothing if that is not wanted', async () => {
    const { next, directory } = await prepare('not-synced');
    await apply(next, directory, { sync: false });
    expect(log.filter(({ sync }) => sync !== undefined)).toEqual([]);
    expect(log).toHaveLength(5);
  });
});
