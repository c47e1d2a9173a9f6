import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { writePart } from '../../../lib/sink/to-stdout.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { archive, backupFrames, data } from '../../support/frames.ts';
import { CUTS, whole } from '../../support/rechunk.ts';
import { lendFrames } from '../restore/cluster.ts';
import { directory, file, tar } from '../tar/build.ts';

const CONTROL = Buffer.alloc(8192, 'control');
const MANIFEST = '{ "PostgreSQL-Backup-Manifest-Version": 1 }\n';
const BASE = tar(
  file('backup_label', 'START WAL LOCATION'),
  file('./PG_VERSION', '18\n'),
  directory('global'),
  file('base/1/2600', ''),
  file('global/pg_control', CONTROL),
);
const TABLESPACE = tar(file('PG_18_202506291/5/16390', 'relation'));
const WAL = tar(file('000000010000000000000002', 'WAL'), file('00000002.history', 'history'));
const GOOD = backupFrames({
  tablespaces: [{ oid: 16384, location: '/srv/ts' }],
  copy: [
    ...archive('16384.tar', '/srv/ts', TABLESPACE),
    ...archive('pg_wal.tar', '', WAL.subarray(0, 513)),
    ...archive('base.tar', '', BASE),
    { type: 'manifest' },
    data(MANIFEST),
    ...archive('pg_wal.tar', '', WAL.subarray(513)),
  ],
});

/** What is written, and what is thrown. */
async function take(frames: Iterable<Frame>, name: string, cut = whole) {
  const written: Buffer[] = [];
  const output = {
    write: async (pieces: readonly Buffer[]) =>
      void written.push(...pieces.map((piece) => Buffer.from(piece))),
  };
  const error: unknown = await writePart(lendFrames(frames, cut), name, output).catch((reason) => reason);
  return { bytes: Buffer.concat(written), error };
}

const parts: readonly { name: string; contents: Buffer | string }[] = [
  { name: 'base.tar', contents: BASE },
  { name: '16384.tar', contents: TABLESPACE },
  { name: 'pg_wal.tar', contents: WAL },
  { name: 'backup_manifest', contents: MANIFEST },
  { name: 'backup_label', contents: 'START WAL LOCATION' },
  { name: 'PG_VERSION', contents: '18\n' },
  { name: 'base/1/2600', contents: '' },
  { name: 'global/pg_control', contents: CONTROL },
  { name: 'pg_tblspc/16384/PG_18_202506291/5/16390', contents: 'relation' },
  { name: 'pg_wal/000000010000000000000002', contents: 'WAL' },
];

describe('writePart', () => {
  it.each(parts)('writes $name, in whatever pieces it comes', async ({ name, contents }) => {
    for (const { cut } of CUTS) {
      const { bytes, error } = await take(GOOD, name, cut);
      expect(error).toBeUndefined();
      expect(bytes.equals(Buffer.from(contents))).toBe(true);
    }
  });

  it('writes an archive that is compressed', async () => {
    const frames = backupFrames({ copy: archive('base.tar.zst', '', 'zstd') });
    expect((await take(frames, 'base.tar.zst')).bytes.toString()).toBe('zstd');
  });

  const none: readonly string[] = [
    'nosuch',
    'global',
    'global/',
    '16385.tar',
    'base.tar.gz',
    'pg_control',
    './PG_VERSION',
  ];
  it.each(none)('says that there is no %s', async (name) => {
    const { bytes, error } = await take(GOOD, name);
    expect(bytes).toHaveLength(0);
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({
      message: `there is no archive or file "${name}" in the backup`,
      detail: 'Its archives are: 16384.tar, pg_wal.tar, base.tar.',
    });
  });

  it('says that there is no manifest', async () => {
    const frames = backupFrames({ copy: archive('base.tar', '', BASE) });
    expect((await take(frames, 'backup_manifest')).error).toBeInstanceOf(BackupError);
  });

  it('finds a file in an archive that is compressed', async () => {
    const frames = backupFrames({ copy: archive('base.tar.gz', '', gzipSync(BASE)) });
    expect((await take(frames, 'PG_VERSION')).bytes.toString()).toBe('18\n');
  });

  const bad: readonly [name: string, frames: readonly Frame[], message: string][] = [
    ['has no end', GOOD.slice(0, -1), 'stream ended before its end'],
    [
      'is cut in another archive',
      backupFrames({
        copy: [...archive('pg_wal.tar', '', WAL.subarray(0, 600)), ...archive('base.tar', '', BASE)],
      }),
      'archive "pg_wal.tar" is cut short',
    ],
    [
      'is cut in this archive',
      backupFrames({ copy: archive('base.tar', '', BASE.subarray(0, -512)) }),
      'archive "base.tar" is cut short',
    ],
    [
      'has it twice',
      backupFrames({
        copy: archive('base.tar', '', tar(file('PG_VERSION', '18\n'), file('PG_VERSION', '17\n'))),
      }),
      'member "PG_VERSION" is present in archive "base.tar" a second time',
    ],
    [
      'has it twice, in another spelling',
      backupFrames({ copy: archive('base.tar', '', tar(file('PG_VERSION', ''), file('./PG_VERSION', ''))) }),
      'member "PG_VERSION" is present in archive "base.tar" a second time',
    ],
    [
      'has a file below it',
      backupFrames({ copy: archive('base.tar', '', tar(file('PG_VERSION', ''), file('PG_VERSION/x', ''))) }),
      'member "PG_VERSION/x" lies below a file in archive "base.tar"',
    ],
    [
      'has a name that is not safe',
      backupFrames({ copy: archive('base.tar', '', tar(file('PG_VERSION', '18\n'), file('../x', ''))) }),
      'unsafe name of member "../x" in archive "base.tar": path component ".."',
    ],
  ];
  it.each(bad)('fails for a backup that %s, be the file written or not', async (_name, frames, message) => {
    const { error } = await take(frames, 'PG_VERSION');
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty('message', message);
  });
});
