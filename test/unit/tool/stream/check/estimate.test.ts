/** The arithmetic of the estimate: what is in the bound, and what makes it grow. */

import { describe, expect, it } from 'vitest';
import type { BaseBackupOptions } from '../../../../../lib/libpq/replication/commands.ts';
import { type Beginning, bound } from '../../../../../lib/tool/stream/check/estimate.ts';

const MIB = 1024 ** 2;

const backup: BaseBackupOptions = {
  label: '',
  progress: true,
  checkpoint: 'fast',
  wal: false,
  wait: true,
  tablespaceMap: true,
  verifyChecksums: true,
  manifest: 'no',
};
const beginning: Beginning = {
  kilobytes: [100 * 1024],
  start: 0x5000028n,
  position: 0x4000000n,
  segmentBytes: 16 * MIB,
};

const sizeOf = (options: Partial<BaseBackupOptions> = {}, begun: Partial<Beginning> = {}) =>
  bound({ ...beginning, ...begun }, { backup: { ...backup, ...options }, streaming: undefined });

describe('bound', () => {
  it('is the archives and little more, without manifest and WAL', () => {
    expect(sizeOf()).toBeGreaterThan(100 * MIB);
    expect(sizeOf()).toBeLessThan(102.5 * MIB);
  });

  it('allows each archive more than its kB', () => {
    const many = Array.from({ length: 50 }, () => 0);
    expect(sizeOf({}, { kilobytes: [100 * 1024, ...many] }) - sizeOf()).toBeGreaterThan(50 * 2048);
  });

  it('has the segment in which the backup starts, and one more', () => {
    const wal = sizeOf({ wal: true }) - sizeOf();
    expect(wal).toBeGreaterThan(32 * MIB);
    expect(wal).toBeLessThan(33 * MIB);
  });

  it('has as much WAL when it is streamed', () => {
    const streaming = { slot: { kind: 'none' }, statusIntervalS: 10, spoolBytes: 1 } as const;
    expect(bound(beginning, { backup, streaming })).toBe(sizeOf({ wal: true }));
  });

  it('has all segments from where the backup of a standby starts to the present position', () => {
    const wal = sizeOf({ wal: true }, { position: 0x9000001n }) - sizeOf({ wal: true });
    expect(wal).toBeGreaterThan(4 * 16 * MIB);
    expect(wal).toBeLessThan(4.1 * 16 * MIB);
  });

  it('has a manifest that grows with its checksums and encoding', () => {
    const sizes = [
      sizeOf(),
      sizeOf({ manifest: 'yes', manifestChecksums: 'none' }),
      sizeOf({ manifest: 'yes' }),
      sizeOf({ manifest: 'yes', manifestChecksums: 'SHA224' }),
      sizeOf({ manifest: 'yes', manifestChecksums: 'sha512' }),
      sizeOf({ manifest: 'force-encode', manifestChecksums: 'SHA512' }),
    ];
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
  });

  it('is a whole number of bytes', () => {
    expect(sizeOf({ manifest: 'yes' }, { kilobytes: [12345] }) % 1).toBe(0);
  });
});
