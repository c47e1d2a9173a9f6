import { describe, expect, it } from 'vitest';
import { parseArchiveName } from '../../../lib/stream/archive-name.ts';

describe('parseArchiveName', () => {
  it.each([
    ['base.tar', { kind: 'base' }],
    ['base.tar.gz', { kind: 'base', compression: 'gzip' }],
    ['base.tar.lz4', { kind: 'base', compression: 'lz4' }],
    ['base.tar.zst', { kind: 'base', compression: 'zstd' }],
    ['pg_wal.tar', { kind: 'wal' }],
    ['pg_wal.tar.gz', { kind: 'wal', compression: 'gzip' }],
    ['1.tar', { kind: 'tablespace', oid: 1 }],
    ['4294967295.tar.zst', { kind: 'tablespace', oid: 4294967295, compression: 'zstd' }],
  ])('reads %s', (name, archive) => {
    expect(parseArchiveName(name)).toEqual(archive);
  });

  it.each([
    '0.tar',
    '4294967296.tar',
    '../1.tar',
    'base.tar.',
    'base.tar.bz2',
    'base.tar/',
    'a base.tar',
    'base.tar\n',
  ])('refuses %j', (name) => {
    expect(parseArchiveName(name)).toBeUndefined();
  });
});
