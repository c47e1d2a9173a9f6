/**
 * The comparison of data directories in the tests of restores: which differences does it notice, and which not?
 */

import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareDataDirectory, comparePlain } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';

describe('a comparison of data directories', () => {
  const folder = temporaryFolder();
  const original = join(folder, 'original');

  beforeAll(() => {
    for (const name of ['global', 'base/1', 'pg_wal', 'pg_replslot', 'pg_tblspc']) {
      mkdirSync(join(original, name), { recursive: true });
    }
    for (const name of ['PG_VERSION', 'global/pg_control', 'base/1/20', 'base/1/30', 'base/1/30_init']) {
      writeFileSync(join(original, name), name);
    }
  });
  afterAll(() => removeFolder(folder));

  it.each([
    { change: 'nothing', path: '', make: () => {} },
    { change: 'what a backup adds', path: '', make: touch('backup_label', 'pg_wal/1') },
    { change: 'a tablespace_map', path: 'tablespace_map', make: touch('tablespace_map') },
    { change: 'another checkpoint', path: '', make: touch('global/pg_control') },
    { change: 'a main fork of an unlogged relation', path: 'base/1/30', make: touch('base/1/30') },
    { change: 'no main fork of another relation', path: 'base/1/20', make: remove('base/1/20') },
    { change: 'other contents', path: 'base/1/20', make: touch('base/1/20') },
    {
      change: 'another mode',
      path: 'PG_VERSION',
      make: (root: string) => chmodSync(join(root, 'PG_VERSION'), 0o640),
    },
    { change: 'a file too many', path: 'base/1/21', make: touch('base/1/21') },
    {
      change: 'a tablespace too many',
      path: 'pg_tblspc/9',
      make: (root: string) => symlinkSync(join(root, 'pg_replslot'), join(root, 'pg_tblspc/9')),
    },
  ])('complains of $path after $change', async ({ change, path, make }) => {
    const restored = join(folder, change);
    cpSync(original, restored, { recursive: true });
    remove('base/1/30')(restored);
    make(restored);
    const complaints = await compareDataDirectory(restored, original);
    expect(complaints.map((complaint) => complaint.split(':')[0])).toEqual(path === '' ? [] : [path]);
  });

  it('knows what pg_basebackup -Fp makes', async () => {
    const restored = join(folder, 'restored');
    cpSync(original, restored, { recursive: true });
    touch('tablespace_map', 'backup_label')(restored);
    expect(await comparePlain(restored, original)).toEqual([
      expect.stringMatching(/^backup_label: .*, not absent$/),
      expect.stringMatching(/^tablespace_map: .*, not absent$/),
    ]);
  });
});

function touch(...names: string[]): (root: string) => void {
  return (root) => {
    for (const name of names) writeFileSync(join(root, name), 'something else');
  };
}

function remove(name: string): (root: string) => void {
  return (root) => rmSync(join(root, name));
}
