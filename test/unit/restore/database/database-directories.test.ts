import { describe, expect, it } from 'vitest';
import { databaseOf } from '../../../../lib/restore/database/database-directories.ts';

describe('databaseOf', () => {
  it.each([
    { path: 'base/16384/16390', oid: 16384 },
    { path: 'base/16384/16390_fsm', oid: 16384 },
    { path: 'base/16384/pg_filenode.map', oid: 16384 },
    { path: 'pg_tblspc/16400/PG_15_202209061/16384/16390.1', oid: 16384 },
    { path: 'base/4294967295/1', oid: 4294967295 },
    { path: 'base/16384/PG_VERSION', oid: undefined },
    { path: 'pg_tblspc/16400/PG_15_202209061/16384/PG_VERSION', oid: undefined },
    { path: 'base/pgsql_tmp/x', oid: undefined },
    { path: 'base/16384', oid: undefined },
    { path: 'base/16384/sub/file', oid: undefined },
    { path: 'global/1262', oid: undefined },
    { path: 'pg_wal/16384/1', oid: undefined },
    { path: 'pg_tblspc/16400/16384/1', oid: undefined },
  ])('is $oid for $path', ({ path, oid }) => {
    expect(databaseOf(path)).toBe(oid);
  });
});
