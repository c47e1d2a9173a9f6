import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { walkDataDirectory, walkTablespace } from '../../../../lib/source/pgdata/walk.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

/** Makes files, directories (with a slash at the end) and links (with an arrow). */
function make(root: string, names: readonly string[]): void {
  for (const name of names) {
    const [path = '', target] = name.split(' -> ');
    const full = join(root, path);
    mkdirSync(name.endsWith('/') ? full : dirname(full), { recursive: true });
    if (target !== undefined) symlinkSync(target, full);
    else if (!name.endsWith('/')) writeFileSync(full, 'x');
  }
}

describe('walkDataDirectory', () => {
  it('gives what the server sends', () => {
    const root = join(folder, 'data');
    make(root, [
      'PG_VERSION',
      'backup_label',
      'base/5/1234',
      'base/5/t3_1234',
      'base/5/pg_internal.init',
      'base/pgsql_tmp/pgsql_tmp1.0',
      'global/pg_control',
      'global/1262',
      'inside/PG_15_1/5/1',
      'pg_notify/0000',
      'pg_replslot -> /elsewhere',
      'pg_tblspc/16384 -> /elsewhere',
      'pg_wal -> /elsewhere',
      'special -> /elsewhere',
    ]);
    const skipped: string[] = [];
    const rules = {
      directoryMode: 0o750,
      walDirectories: ['archive_status', 'summaries'],
      tablespaces: new Set(['inside']),
      skipped: (path: string) => skipped.push(path),
      running: false,
    };
    const members = [...walkDataDirectory(root, rules)];
    expect(members.map(({ path, kind }) => `${path}${kind === 'directory' ? '/' : ''}`).sort()).toEqual([
      './pg_wal/archive_status/',
      './pg_wal/summaries/',
      'PG_VERSION',
      'base/',
      'base/5/',
      'base/5/1234',
      'global/',
      'global/1262',
      'inside/',
      'pg_notify/',
      'pg_replslot/',
      'pg_wal/',
    ]);
    expect(members.find(({ path }) => path === 'pg_replslot')?.mode).toBe(0o750);
    expect(skipped).toEqual(['special']);
  });

  it('tells what cannot be read', () => {
    const rules = {
      directoryMode: 0o700,
      walDirectories: [],
      tablespaces: new Set<string>(),
      skipped() {},
      running: false,
    };
    expect(() => [...walkDataDirectory(join(folder, 'none'), rules)]).toThrow(
      `could not open directory "${join(folder, 'none')}": No such file or directory`,
    );
  });
});

describe('walkTablespace', () => {
  it('gives only what is of the version of the server', () => {
    const root = join(folder, 'tablespace');
    make(root, ['PG_15_1/5/1234', 'PG_15_1/5/t3_1', 'PG_15_1/pgsql_tmp/', 'PG_14_1/5/1']);
    const rules = {
      directoryMode: 0o700,
      walDirectories: [],
      tablespaces: new Set<string>(),
      skipped() {},
      running: false,
    };
    const paths = [...walkTablespace(root, 'PG_15_1', rules)].map(({ path }) => path);
    expect(paths).toEqual(['PG_15_1', 'PG_15_1/5', 'PG_15_1/5/1234']);
  });
});
