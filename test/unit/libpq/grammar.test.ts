/**
 * The replication commands against a reader of the server's grammar, in its old and its new form: whatever label
 * or slot is put in comes out again, and nothing else does.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BaseBackupOptions,
  baseBackup,
  createReplicationSlot,
  dropReplicationSlot,
  identifySystem,
  readReplicationSlot,
  show,
  startReplication,
  timelineHistory,
  uploadManifest,
} from '../../../lib/libpq/replication/commands.ts';
import { formatLsn } from '../../../lib/postgres/lsn.ts';
import { readReplicationCommand } from '../../support/replication-grammar.ts';

const VERSIONS = [130000, 140011, 150000, 170010, 180004] as const;

const version = fc.constantFrom(...VERSIONS);
/** What an SQL injection is made of, and any other text that a message can hold. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0')),
  fc.string({ unit: fc.constantFrom("'", '"', '\\', ',', ')', '(', ' ', ';', '\n', '--', 'ä', 'LABEL') }),
);
const slot = text.filter((value) => value !== '' && !value.includes('"'));
const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const timeline = fc.integer({ min: 1, max: 2 ** 31 - 1 });

const plain: BaseBackupOptions = {
  label: '',
  progress: false,
  checkpoint: 'spread',
  wal: false,
  wait: true,
  tablespaceMap: true,
  verifyChecksums: true,
  manifest: 'no',
};

describe('BASE_BACKUP', () => {
  it('has the label, checksums and compression that were given, and nothing that was not', () => {
    fc.assert(
      fc.property(text, text, text, version, (label, checksums, detail, serverVersion) => {
        const compresses = serverVersion >= 150000;
        const compression = compresses ? { compression: { method: 'zstd', detail } } : {};
        const options = {
          ...plain,
          label,
          manifest: 'yes',
          manifestChecksums: checksums,
          ...compression,
        } as const;
        const read = readReplicationCommand(baseBackup(options, serverVersion), serverVersion);
        expect(read.words).toEqual(['BASE_BACKUP']);
        expect(Object.fromEntries(read.options)).toEqual({
          LABEL: label,
          TABLESPACE_MAP: undefined,
          MANIFEST: 'yes',
          MANIFEST_CHECKSUMS: checksums,
          ...(compresses ? { TARGET: 'client', COMPRESSION: 'zstd', COMPRESSION_DETAIL: detail } : {}),
        });
      }),
    );
  });

  it.each(VERSIONS)('has all that can be asked for of version %i', (serverVersion) => {
    const options: BaseBackupOptions = {
      ...plain,
      label: 'x',
      progress: true,
      checkpoint: 'fast',
      wal: true,
      wait: false,
      maxRate: 32,
      verifyChecksums: false,
      manifest: 'force-encode',
      ...(serverVersion >= 170000 ? { incremental: '/backup/backup_manifest' } : {}),
    };
    const read = readReplicationCommand(baseBackup(options, serverVersion), serverVersion);
    const flags =
      serverVersion < 150000
        ? ['FAST', 'NOWAIT', 'NOVERIFY_CHECKSUMS']
        : ['CHECKPOINT', 'WAIT', 'VERIFY_CHECKSUMS', 'TARGET'];
    const incremental = serverVersion >= 170000 ? ['INCREMENTAL'] : [];
    const common = ['LABEL', 'PROGRESS', 'WAL', 'MAX_RATE', 'TABLESPACE_MAP', 'MANIFEST'];
    expect([...read.options.keys()].sort()).toEqual([...common, ...flags, ...incremental].sort());
  });

  it('says nothing of where the earlier manifest is', () => {
    expect(baseBackup({ ...plain, incremental: '/secret' }, 170000)).not.toContain('secret');
  });

  it.each([130000, 160014])('is refused for an incremental backup of version %i', (serverVersion) => {
    expect(() => baseBackup({ ...plain, incremental: 'm' }, serverVersion)).toThrow(
      'server does not support incremental backup',
    );
  });
});

describe('commands about slots', () => {
  it('have the name that was given', () => {
    fc.assert(
      fc.property(slot, version, fc.boolean(), (name, serverVersion, temporary) => {
        const read = (command: string) => readReplicationCommand(command, serverVersion);
        const kind = temporary ? ['TEMPORARY', 'PHYSICAL'] : ['PHYSICAL'];
        const created = read(createReplicationSlot(name, temporary, serverVersion));
        expect(created.words).toEqual(['CREATE_REPLICATION_SLOT', name, ...kind]);
        expect([...created.options]).toEqual([['RESERVE_WAL', undefined]]);
        expect(read(readReplicationSlot(name)).words).toEqual(['READ_REPLICATION_SLOT', name]);
        expect(read(dropReplicationSlot(name)).words).toEqual(['DROP_REPLICATION_SLOT', name]);
      }),
    );
  });
});

describe('START_REPLICATION', () => {
  it('has slot, position and timeline', () => {
    fc.assert(
      fc.property(
        fc.option(slot, { nil: undefined }),
        lsn,
        timeline,
        version,
        (name, at, tli, serverVersion) => {
          const { words } = readReplicationCommand(startReplication(at, tli, name), serverVersion);
          const from = name === undefined ? [] : ['SLOT', name];
          const rest = ['PHYSICAL', formatLsn(at), 'TIMELINE', String(tli)];
          expect(words).toEqual(['START_REPLICATION', ...from, ...rest]);
        },
      ),
    );
  });
});

describe('the others', () => {
  it.each([
    { command: identifySystem(), words: ['IDENTIFY_SYSTEM'] },
    { command: uploadManifest(), words: ['UPLOAD_MANIFEST'] },
    { command: show('wal_level'), words: ['SHOW', 'wal_level'] },
    { command: timelineHistory(7), words: ['TIMELINE_HISTORY', '7'] },
  ])('$command', ({ command, words }) => {
    expect(readReplicationCommand(command, 180000)).toEqual({ words, options: new Map() });
  });
});

describe('the reader', () => {
  it.each([
    { command: "BASE_BACKUP (LABEL 'x', )", serverVersion: 150000 },
    { command: "BASE_BACKUP (LABEL 'x'", serverVersion: 150000 },
    { command: "BASE_BACKUP (LABEL 'x') WAL", serverVersion: 150000 },
    { command: "BASE_BACKUP (LABEL 'x'; WAL)", serverVersion: 150000 },
    { command: "BASE_BACKUP (LABEL 'x')", serverVersion: 140000 },
    { command: "BASE_BACKUP LABEL 'x'", serverVersion: 150000 },
    { command: "BASE_BACKUP LABEL 'it's'", serverVersion: 140000 },
    { command: 'DROP_REPLICATION_SLOT "a""b', serverVersion: 150000 },
    { command: "DROP_REPLICATION_SLOT 'a'", serverVersion: 150000 },
  ])('sees a syntax error in $command', ({ command, serverVersion }) => {
    expect(() => readReplicationCommand(command, serverVersion)).toThrow('syntax error');
  });
});
