import { describe, expect, it } from 'vitest';
import { wholePath } from '../../../lib/combine/incremental-path.ts';

describe('wholePath', () => {
  it.each([
    ['global/INCREMENTAL.1262', 'global/1262'],
    ['base/5/INCREMENTAL.16384_vm.2', 'base/5/16384_vm.2'],
    ['pg_tblspc/16390/PG_18_202506291/5/INCREMENTAL.16384', 'pg_tblspc/16390/PG_18_202506291/5/16384'],
    ['pg_tblspc/16390/INCREMENTAL.1', 'pg_tblspc/16390/1'],
  ])('tells what %s stands for', (path, whole) => {
    expect(wholePath(path)).toBe(whole);
  });

  it.each([
    'base/5/16384',
    'base/INCREMENTAL.1',
    'INCREMENTAL.1',
    'base/5/XINCREMENTAL.1',
    'base/5/INCREMENTAL.',
    'global/sub/INCREMENTAL.1',
    'pg_tblspc/INCREMENTAL.1',
    'pg_wal/INCREMENTAL.1',
    'my files/base/5/INCREMENTAL.1',
  ])('takes %s for an ordinary file', (path) => {
    expect(wholePath(path)).toBeUndefined();
  });
});
