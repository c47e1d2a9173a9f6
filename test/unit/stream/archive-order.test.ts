import { describe, expect, it } from 'vitest';
import { ArchiveOrder } from '../../../lib/stream/archive-order.ts';
import {
  COPY,
  DATA_DIRECTORY,
  IN_BASE,
  IN_MANIFEST,
  IN_TABLESPACE,
  itComplains,
  LIST,
  type Row,
  TABLESPACE,
} from '../../support/malformed.ts';
import {
  CommandComplete,
  Contents,
  CopyDone,
  DataRow,
  Manifest,
  NewArchive,
} from '../../support/messages.ts';

const TABLESPACES: Row[] = [
  [
    'a list without the data directory',
    [...LIST, TABLESPACE],
    CommandComplete('SELECT'),
    'the tablespace list does not end with the data directory',
  ],
  [
    'an empty list',
    LIST,
    CommandComplete('SELECT'),
    'the tablespace list does not end with the data directory',
  ],
  [
    'a tablespace after the data directory',
    [...LIST, DATA_DIRECTORY],
    TABLESPACE,
    'tablespace listed after the data directory',
  ],
  [
    'the data directory twice',
    [...LIST, DATA_DIRECTORY],
    DATA_DIRECTORY,
    'tablespace listed after the data directory',
  ],
  [
    'a data directory with a location',
    LIST,
    DataRow(null, '/pg', null),
    'data directory with a location in the tablespace list',
  ],
  ['a tablespace listed twice', [...LIST, TABLESPACE], TABLESPACE, 'tablespace 16384 is listed twice'],
  ...[null, ''].map(
    (location): Row => [
      `a tablespace at ${location}`,
      LIST,
      DataRow('16384', location, null),
      'tablespace 16384 has no location',
    ],
  ),
  ['a tablespace 0', LIST, DataRow('0', '/srv', null), 'tablespace with the OID 0'],
  ...['4294967296', '-1', 'x', ''].map(
    (oid): Row => [
      `the OID "${oid}"`,
      LIST,
      DataRow(oid, '/srv', null),
      'invalid number in the tablespace list',
    ],
  ),
  ['a negative size', LIST, DataRow('1', '/srv', '-1'), 'invalid number in the tablespace list'],
  [
    'a size above 2^53',
    LIST,
    DataRow('1', '/srv', '9007199254740993'),
    'invalid number in the tablespace list',
  ],
];

const HOSTILE = [
  '',
  'base',
  '../base.tar',
  '/base.tar',
  'base.tar.exe',
  'base.tar.gz.gz',
  'base.tar\n',
  'Base.tar',
  '0.tar',
  '016384.tar',
  '4294967296.tar',
  '99999999999.tar',
  '-1.tar',
  '1e3.tar',
  'pg_wal',
  'backup_manifest',
  '16384.tar/..',
];

const ARCHIVES: Row[] = [
  ...HOSTILE.map(
    (name): Row => [
      `an archive ${JSON.stringify(name)}`,
      COPY,
      NewArchive(name, ''),
      `unexpected archive name ${JSON.stringify(name)}`,
    ],
  ),
  ['contents before an archive', COPY, Contents('?'), 'contents before the first archive'],
  [
    'an archive that was not announced',
    COPY,
    NewArchive('16385.tar', '/srv/ts'),
    'archive "16385.tar" was not announced, or was sent before',
  ],
  [
    'a tablespace twice',
    IN_TABLESPACE,
    NewArchive('16384.tar', '/srv/ts'),
    'archive "16384.tar" was not announced, or was sent before',
  ],
  [
    'a tablespace twice, the second time compressed',
    IN_TABLESPACE,
    NewArchive('16384.tar.gz', '/srv/ts'),
    'archive "16384.tar.gz" was not announced, or was sent before',
  ],
  [
    'another location than in the list',
    COPY,
    NewArchive('16384.tar', '/srv/elsewhere'),
    'archive "16384.tar" is said to be at "/srv/elsewhere", but was listed at "/srv/ts"',
  ],
  [
    'base.tar with a location',
    IN_TABLESPACE,
    NewArchive('base.tar', '/pg'),
    'archive "base.tar" has a location',
  ],
  [
    'pg_wal.tar with a location',
    COPY,
    NewArchive('pg_wal.tar', '/pg'),
    'archive "pg_wal.tar" has a location',
  ],
  [
    'base.tar before a tablespace',
    COPY,
    NewArchive('base.tar', ''),
    'archive "16384.tar" is missing before "base.tar"',
  ],
  ['a second base.tar', IN_BASE, NewArchive('base.tar', ''), 'archive "base.tar" was sent twice'],
  [
    'a tablespace after base.tar',
    IN_BASE,
    NewArchive('16384.tar', '/srv/ts'),
    'archive "16384.tar" was not announced, or was sent before',
  ],
  [
    'a second base.tar, compressed',
    IN_BASE,
    NewArchive('base.tar.zst', ''),
    'archive "base.tar" was sent twice',
  ],
  [
    'WAL under a second name',
    [...COPY, NewArchive('pg_wal.tar', '')],
    NewArchive('pg_wal.tar.gz', ''),
    'archive "pg_wal.tar.gz" beside "pg_wal.tar"',
  ],
  [
    'an archive after the manifest',
    IN_MANIFEST,
    NewArchive('16384.tar', '/srv/ts'),
    'archive "16384.tar" after the manifest',
  ],
  [
    'base.tar after the manifest',
    IN_MANIFEST,
    NewArchive('base.tar', ''),
    'archive "base.tar" after the manifest',
  ],
  ['a second manifest', IN_MANIFEST, Manifest(), 'a second manifest'],
  [
    'a second manifest after WAL',
    [...IN_MANIFEST, NewArchive('pg_wal.tar', '')],
    Manifest(),
    'a second manifest',
  ],
  ['a manifest before base.tar', IN_TABLESPACE, Manifest(), 'archive "base.tar" is missing'],
  ['CopyDone without base.tar', IN_TABLESPACE, CopyDone(), 'archive "base.tar" is missing'],
  [
    'CopyDone with WAL alone',
    [...COPY, NewArchive('pg_wal.tar', '')],
    CopyDone(),
    'archive "base.tar" is missing',
  ],
];

describe('ArchiveOrder', () => {
  describe('of the tablespace list', () => itComplains(TABLESPACES));
  describe('of an archive', () => itComplains(ARCHIVES));

  it('keeps a list as long as anybody has, and not longer', () => {
    const ledger = new ArchiveOrder();
    for (let oid = 1; oid <= 65536; oid++) expect(ledger.list(oid, '/srv')).toBeUndefined();
    expect(ledger.list(65537, '/srv')).toBe('more than 65536 tablespaces');
  });
});
