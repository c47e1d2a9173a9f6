import { describe, expect, it } from 'vitest';
import {
  isEmptied,
  isLeftOut,
  isTemporaryRelation,
  isUnloggedRelation,
} from '../../../../lib/source/pgdata/left-out.ts';

describe('isLeftOut', () => {
  it.each([
    'backup_label',
    'tablespace_map',
    'backup_manifest',
    'postmaster.pid',
    'postmaster.opts',
    'postgresql.auto.conf.tmp',
    'current_logfiles.tmp',
    'pg_internal.init',
    'pg_internal.init.1234',
    'pgsql_tmp',
    'pgsql_tmp1234.0',
  ])('leaves out %s', (name) => {
    expect(isLeftOut(name)).toBe(true);
  });

  it.each(['backup_label.old', 'postgresql.auto.conf', 'current_logfiles', 'pg_internal', 'PG_VERSION'])(
    'keeps %s',
    (name) => {
      expect(isLeftOut(name)).toBe(false);
    },
  );
});

describe('isEmptied', () => {
  it.each([
    'pg_replslot',
    'pg_stat_tmp',
    'pg_dynshmem',
    'pg_notify',
    'pg_serial',
    'pg_snapshots',
    'pg_subtrans',
  ])('empties %s', (name) => {
    expect(isEmptied(name)).toBe(true);
  });

  it.each(['pg_stat', 'pg_twophase', 'pg_xact', 'pg_wal', 'base'])('keeps what is in %s', (name) => {
    expect(isEmptied(name)).toBe(false);
  });
});

describe('isTemporaryRelation', () => {
  it.each([
    { directory: 'base/5', name: 't3_16384', expected: true },
    { directory: 'base/5', name: 't3_16384_fsm.2', expected: true },
    { directory: 'PG_15_202209061/5', name: 't3_16384.1', expected: true },
    { directory: 'base/5', name: 't3_16384_x', expected: false },
    { directory: 'base/5', name: 't_16384', expected: false },
    { directory: 'base', name: 't3_16384', expected: false },
    { directory: 'global', name: 't3_16384', expected: false },
    { directory: 'PG_15_202209061/5/more', name: 't3_16384', expected: false },
  ])('knows $name in $directory', ({ directory, name, expected }) => {
    expect(isTemporaryRelation(directory, name)).toBe(expected);
  });
});

describe('isUnloggedRelation', () => {
  const has = (name: string) => name === '1234_init';

  it.each(['1234', '1234.1', '1234_fsm', '1234_vm.2'])('is true of %s', (name) => {
    expect(isUnloggedRelation('base/5', name, has)).toBe(true);
    expect(isUnloggedRelation('PG_15_202209061/5', name, has)).toBe(true);
    expect(isUnloggedRelation('global', name, has)).toBe(false);
  });

  it.each(['1234_init', '1234_init.1', '123', '12345', 't3_1234', '1234_other'])('is false of %s', (name) => {
    expect(isUnloggedRelation('base/5', name, has)).toBe(false);
  });
});
