/**
 * The replication commands: the exact text for both grammars, and a reader of the documented grammar that
 * must get back any label whatever is in it.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import {
  formatOptions,
  quoteLiteral,
  quoteSlotName,
} from '../../../../lib/libpq/replication/command-syntax.ts';
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
} from '../../../../lib/libpq/replication/commands.ts';

const plain: BaseBackupOptions = {
  label: 'nightly',
  progress: false,
  checkpoint: 'spread',
  wal: false,
  wait: true,
  tablespaceMap: false,
  verifyChecksums: true,
  manifest: 'no',
};

const everything: BaseBackupOptions = {
  label: "it's",
  progress: true,
  checkpoint: 'fast',
  wal: true,
  wait: false,
  maxRate: 32768,
  tablespaceMap: true,
  verifyChecksums: false,
  manifest: 'force-encode',
  manifestChecksums: 'SHA256',
};

describe('baseBackup', () => {
  it.each([
    { version: 130000, options: plain, text: "BASE_BACKUP LABEL 'nightly'" },
    { version: 150000, options: plain, text: "BASE_BACKUP (LABEL 'nightly', TARGET 'client')" },
    {
      version: 140000,
      options: everything,
      text:
        "BASE_BACKUP LABEL 'it''s' PROGRESS WAL FAST NOWAIT MAX_RATE 32768 TABLESPACE_MAP NOVERIFY_CHECKSUMS" +
        " MANIFEST 'force-encode' MANIFEST_CHECKSUMS 'SHA256'",
    },
    {
      version: 170002,
      options: everything,
      text:
        "BASE_BACKUP (LABEL 'it''s', PROGRESS, WAL, CHECKPOINT 'fast', WAIT 0, MAX_RATE 32768, TABLESPACE_MAP," +
        " VERIFY_CHECKSUMS 0, MANIFEST 'force-encode', MANIFEST_CHECKSUMS 'SHA256', TARGET 'client')",
    },
    {
      version: 150018,
      options: { ...plain, compression: { method: 'zstd', detail: 'level=3,workers=2' } },
      text:
        "BASE_BACKUP (LABEL 'nightly', TARGET 'client', COMPRESSION 'zstd'," +
        " COMPRESSION_DETAIL 'level=3,workers=2')",
    },
    {
      version: 150018,
      options: { ...plain, manifest: 'yes' as const, compression: { method: 'gzip' } },
      text: "BASE_BACKUP (LABEL 'nightly', MANIFEST 'yes', TARGET 'client', COMPRESSION 'gzip')",
    },
  ])('writes $text', ({ version, options, text }) => {
    expect(baseBackup(options, version)).toBe(text);
  });

  it('refuses server-side compression on servers that have none', () => {
    expect(() => baseBackup({ ...plain, compression: { method: 'gzip' } }, 140000)).toThrow(TroubleError);
  });

  it('is read back by the grammar of either kind, whatever the label', () => {
    const label = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    const tricky = fc.string({ unit: fc.constantFrom("'", '\\', ',', ')', '(', ' ', '\n', '"', '--', 'ä') });
    const version = fc.constantFrom(130000, 140000, 150000, 180000);
    fc.assert(
      fc.property(fc.oneof(label, tricky), version, (text, serverVersion) => {
        const options = readBaseBackup(baseBackup({ ...everything, label: text }, serverVersion));
        expect(options.get('LABEL')).toBe(text);
        expect(options.get('MANIFEST_CHECKSUMS')).toBe('SHA256');
        expect(options.get('MAX_RATE')).toBe('32768');
      }),
    );
  });
});

describe('the other commands', () => {
  it('are named as the manual names them', () => {
    expect(identifySystem()).toBe('IDENTIFY_SYSTEM');
    expect(show('wal_segment_size')).toBe('SHOW wal_segment_size');
  });

  it.each([
    {
      text: 'CREATE_REPLICATION_SLOT "bb_stream_7" TEMPORARY PHYSICAL (RESERVE_WAL)',
      command: createReplicationSlot('bb_stream_7', true, 150000),
    },
    {
      text: 'CREATE_REPLICATION_SLOT "bb_stream_7" TEMPORARY PHYSICAL RESERVE_WAL',
      command: createReplicationSlot('bb_stream_7', true, 140009),
    },
    {
      text: 'CREATE_REPLICATION_SLOT "physical" PHYSICAL (RESERVE_WAL)',
      command: createReplicationSlot('physical', false, 180000),
    },
    { text: 'READ_REPLICATION_SLOT "a b"', command: readReplicationSlot('a b') },
    { text: 'DROP_REPLICATION_SLOT "slot; drop"', command: dropReplicationSlot('slot; drop') },
    {
      text: 'START_REPLICATION PHYSICAL 1/A000000 TIMELINE 3',
      command: startReplication(0x10a000000n, 3),
    },
    {
      text: 'START_REPLICATION SLOT "s" PHYSICAL 0/0 TIMELINE 1',
      command: startReplication(0n, 1, 's'),
    },
    { text: 'TIMELINE_HISTORY 4294967295', command: timelineHistory(4294967295) },
  ])('are spelled $text', ({ text, command }) => {
    expect(command).toBe(text);
  });

  it('take any name for a slot but one with a quote, which the scanner could not read', () => {
    const name = fc.string({ unit: 'binary' }).filter((text) => !/[\0"]/.test(text));
    fc.assert(
      fc.property(name, (text) => {
        expect(dropReplicationSlot(text)).toBe(`DROP_REPLICATION_SLOT "${text}"`);
      }),
    );
    expect(() => readReplicationSlot('a"b')).toThrow('slot name "a"b" contains invalid character');
  });

  it('cannot be given two statements for a parameter name', () => {
    expect(() => show('x; DROP_REPLICATION_SLOT y')).toThrow('not a parameter name');
  });
});

describe('command syntax', () => {
  it('leaves out the parentheses of an empty list, which the grammar does not allow', () => {
    expect(formatOptions([], 150000)).toBe('');
    expect(formatOptions([], 140000)).toBe('');
  });

  it('refuses a zero byte, which would end the message early', () => {
    expect(() => quoteLiteral('a\0b')).toThrow('zero byte');
    expect(() => quoteSlotName('a\0b')).toThrow('zero byte');
  });
});

/** Reads BASE_BACKUP by the grammar in the manual: quotes are doubled, a backslash means nothing. */
function readBaseBackup(command: string): Map<string, string | undefined> {
  const body = /^BASE_BACKUP \((.*)\)$/s.exec(command)?.[1];
  const separator = body === undefined ? ' ' : ', ';
  let rest = body ?? command.slice('BASE_BACKUP '.length);
  const options = new Map<string, string | undefined>();
  while (rest !== '') {
    const match = /^([A-Z_]+)(?: (?:'((?:[^']|'')*)'(?!')|(\d+)))?/.exec(rest);
    if (!match?.[1]) throw new Error(`syntax error at: ${rest}`);
    options.set(match[1], match[2]?.replaceAll("''", "'") ?? match[3]);
    rest = rest.slice(match[0].length);
    if (rest !== '' && !rest.startsWith(separator)) throw new Error(`syntax error at: ${rest}`);
    rest = rest.slice(separator.length);
  }
  return options;
}
