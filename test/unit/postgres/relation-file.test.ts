import { describe, expect, it } from 'vitest';
import { parseRelationFile, type RelationFile } from '../../../lib/postgres/relation-file.ts';

const first: RelationFile = { segment: 0, incremental: false };

describe('parseRelationFile', () => {
  it.each<[string, RelationFile]>([
    ['base/1/1259', first],
    ['base/5/16384', first],
    ['base/5/4294967295', first],
    ['base/5/16384.1', { ...first, segment: 1 }],
    ['base/5/16384.131071', { ...first, segment: 131071 }],
    ['base/5/16384_fsm', first],
    ['base/5/16384_vm.2', { ...first, segment: 2 }],
    ['base/5/16384_init', first],
    ['global/1262', first],
    ['global/1262_fsm', first],
    ['pg_tblspc/16390/PG_15_202209061/5/16391', first],
    ['pg_tblspc/16390/PG_18_202506291/5/16391_vm', first],
    ['base/5/INCREMENTAL.16384.3', { segment: 3, incremental: true }],
    ['global/INCREMENTAL.1262_fsm', { segment: 0, incremental: true }],
  ])('knows %s', (path, file) => {
    expect(parseRelationFile(path)).toEqual(file);
  });

  it.each([
    'global/pg_control',
    'global/pg_filenode.map',
    'global/pg_internal.init',
    'base/5/PG_VERSION',
    'base/5/pg_filenode.map',
    'base/5/pg_internal.init.1234',
    'base/5/t3_16384', // temporary relations are not in backups
    'base/5/t3_16384_fsm',
    'base/pgsql_tmp/pgsql_tmp1.0',
    'base/5/16384_',
    'base/5/16384_old',
    'base/5/16384.',
    'base/5/16384.0', // the server writes no zero and no leading zeros
    'base/5/16384.01',
    'base/5/016384',
    'base/5/0',
    'base/5/16384.1.1',
    'base/5/16384.1_fsm',
    'base/5/16384 ',
    'base/16384',
    'base/5/6/16384',
    'base/x/16384',
    'pg_tblspc/16390/16391',
    'pg_tblspc/16390/PG_15_202209061/16391',
    'pg_tblspc/16390/elsewhere/5/16391',
    'pg_xact/0000',
    'pg_wal/000000010000000000000001',
    'other/global/1262',
    '16384',
    '',
  ])('does not take %j for one', (path) => {
    expect(parseRelationFile(path)).toBeUndefined();
  });
});
