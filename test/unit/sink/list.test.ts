import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { listBackup } from '../../../lib/sink/list.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { archive, backupFrames, completed, data, progress } from '../../support/frames.ts';
import { oneByOne } from '../../support/source.ts';
import { directory, file, header, symlink, tar } from '../tar/build.ts';

const BASE = tar(
  file('backup_label', 'START'),
  directory('base'),
  symlink('pg_tblspc/16384', '/srv/fast ts'),
  file('./two\nlines "quoted"', Buffer.alloc(8192), { mode: 0o640 }),
);
const WAL = tar(file('000000010000000000000002', 'wal'), file('000000010000000000000003', 'wal'));
const TABLESPACE = gzipSync(tar(file('PG_15_202209061/5/16390', 'relation')), { level: 0 });
const GOOD = backupFrames({
  tablespaces: [{ oid: 16384, location: '/srv/fast ts' }],
  copy: [
    ...archive('16384.tar.gz', '/srv/fast ts', TABLESPACE),
    ...archive('pg_wal.tar', '', WAL.subarray(0, 700)),
    progress(12n),
    ...archive('base.tar', '', BASE.subarray(0, 700), BASE.subarray(700)),
    { type: 'manifest' },
    data('{'),
    data('}'),
    ...archive('pg_wal.tar', '', WAL.subarray(700)),
  ],
});

async function list(
  frames: Iterable<Frame>,
  json = false,
): Promise<{ text: string; error: unknown; writes: number }> {
  const pieces: Buffer[] = [];
  const output = {
    write: async (buffers: readonly Buffer[]) =>
      void pieces.push(...buffers.map((bytes) => Buffer.from(bytes))),
  };
  const error = await listBackup(oneByOne(completed([...frames])), { json, output }).catch(
    (caught: unknown) => caught,
  );
  return { text: Buffer.concat(pieces).toString(), error, writes: pieces.length };
}

describe('listBackup', () => {
  it('lists archives and members as text', async () => {
    const { text, error } = await list(GOOD);
    expect(error).toBeUndefined();
    expect(text).toMatchInlineSnapshot(`
      "16384.tar.gz /srv/fast ts
      -rw-------            8 PG_15_202209061/5/16390
      16384.tar.gz: 2071 bytes, 1 member
      pg_wal.tar
      -rw-------            3 000000010000000000000002
      base.tar
      -rw-------            5 backup_label
      drwx------            0 base/
      lrwx------            0 pg_tblspc/16384/ -> /srv/fast ts
      -rw-r-----         8192 "./two\\nlines \\"quoted\\""
      base.tar: 11776 bytes, 4 members
      backup_manifest: 2 bytes
      pg_wal.tar
      -rw-------            3 000000010000000000000003
      pg_wal.tar: 3072 bytes, 2 members
      end of backup at 0/2000100, timeline 1: 16921 bytes, 3 archives, 7 members
      "
    `);
  });

  it('lists archives and members as JSON, one object a line', async () => {
    const { text, error } = await list(GOOD, true);
    expect(error).toBeUndefined();
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    const member = { archive: 'base.tar', kind: 'file', mode: '0600', mtime: 1_700_000_000 };
    const segment = { ...member, archive: 'pg_wal.tar', size: 3 };
    expect(lines).toEqual([
      { archive: '16384.tar.gz', location: '/srv/fast ts' },
      { member: 'PG_15_202209061/5/16390', ...member, archive: '16384.tar.gz', size: 8 },
      { archive_end: '16384.tar.gz', members: 1, bytes: TABLESPACE.length },
      { archive: 'pg_wal.tar', location: '' },
      { member: '000000010000000000000002', ...segment },
      { archive: 'base.tar', location: '' },
      { member: 'backup_label', ...member, size: 5 },
      { member: 'base/', ...member, kind: 'directory', size: 0, mode: '0700' },
      {
        member: 'pg_tblspc/16384/',
        ...member,
        kind: 'symlink',
        size: 0,
        mode: '0700',
        target: '/srv/fast ts',
      },
      { member: './two\nlines "quoted"', ...member, size: 8192, mode: '0640' },
      { archive_end: 'base.tar', members: 4, bytes: BASE.length },
      { manifest: 'backup_manifest', bytes: 2 },
      { archive: 'pg_wal.tar', location: '' },
      { member: '000000010000000000000003', ...segment },
      { archive_end: 'pg_wal.tar', members: 2, bytes: WAL.length },
      {
        end: '0/2000100',
        timeline: 1,
        archives: 3,
        members: 7,
        bytes: TABLESPACE.length + BASE.length + 2 + WAL.length,
      },
    ]);
  });

  it('lists a mere tar', async () => {
    const base = tar(file('PG_VERSION', '15\n'), BASE.subarray(0, -1024));
    const frames: Frame[] = [...archive('base.tar', '', base), { type: 'end' }];
    expect((await list(frames)).text).toMatch(/^end of backup: \d+ bytes, 1 archive, 5 members$/m);
    expect((await list(frames, true)).text).toContain('{"end":null,"timeline":null,');
  });

  it.each([
    { name: 'a member twice', second: file('./backup_label', 'STOP') },
    { name: 'a directory in the place of a file', second: directory('backup_label') },
  ])('fails at $name', async ({ second }) => {
    const base = tar(file('backup_label', 'START'), second);
    const { text, error } = await list([...archive('base.tar', '', base), { type: 'end' }]);
    expect(text).not.toContain('end of backup');
    expect(error).toEqual(
      new BackupError('member "backup_label" is present in archive "base.tar" a second time'),
    );
  });

  it.each([
    { name: 'has no members', members: [], missing: 'backup_label' },
    { name: 'is none of a data directory', members: [file('backup_label', '')], missing: 'PG_VERSION' },
  ])('fails at a mere tar that $name', async ({ members, missing }) => {
    const base = gzipSync(tar(...members));
    const { text, error } = await list([...archive('base.tar.gz', '', base), { type: 'end' }]);
    expect(text).not.toContain('end of backup');
    expect(error).toEqual(new BackupError(`archive "base.tar.gz" lacks file "${missing}"`));
  });

  it('lists compressed WAL to its end, which comes last', async () => {
    const whole = gzipSync(WAL);
    const copy = [
      ...archive('pg_wal.tar.gz', '', whole.subarray(0, 20)),
      ...archive('base.tar', '', BASE),
      { type: 'manifest' } as const,
      data('{}'),
      ...archive('pg_wal.tar.gz', '', whole.subarray(20)),
    ];
    const { text } = await list(backupFrames({ copy }));
    expect(text.replace(/^base[\s\S]*?\nbackup_manifest.*\n/m, '').split('\n')).toEqual([
      'pg_wal.tar.gz',
      'pg_wal.tar.gz',
      '-rw-------            3 000000010000000000000002',
      '-rw-------            3 000000010000000000000003',
      `pg_wal.tar.gz: ${whole.length} bytes, 2 members`,
      expect.stringMatching(/^end of backup at /),
      '',
    ]);
  });

  it.each<[string, Iterable<Frame>, string]>([
    ['the stream has no end', GOOD.slice(0, -1), 'stream ended before its end'],
    [
      'an archive is cut',
      [...archive('base.tar', '', BASE.subarray(0, -600)), { type: 'end' }],
      'archive "base.tar" is cut short',
    ],
    [
      'WAL is cut',
      [...archive('pg_wal.tar', '', WAL.subarray(0, 700)), { type: 'end' }],
      'archive "pg_wal.tar" is cut short',
    ],
    [
      'a compressed archive is cut',
      [
        ...archive('base.tar', '', BASE),
        ...archive('pg_wal.tar.gz', '', gzipSync(WAL).subarray(0, -1)),
        { type: 'end' },
      ],
      expect.stringContaining('archive "pg_wal.tar.gz"'),
    ],
    [
      'a member leads out',
      [...archive('base.tar', '', BASE.subarray(0, 1024), file('../x', ''))],
      'unsafe name of member "../x" in archive "base.tar": path component ".."',
    ],
    [
      'a member is refused',
      [...archive('base.tar', '', BASE.subarray(0, 1024), header({ path: 'x', type: '6' }))],
      'malformed archive "base.tar": member "x" is a FIFO, which is not supported',
    ],
  ])('shows what it has listed when %s', async (_name, frames, message) => {
    const { text, error } = await list(frames);
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({ message });
    expect(text).toMatch(/backup_label|0002/);
    expect(text).not.toContain('end of backup');
  });

  it('writes long lists in large pieces, before the end too', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => file(`base/1/${index}`, ''));
    const members = [file('backup_label', ''), file('PG_VERSION', ''), ...many];
    const frames = members.map((member) => data(member));
    const { writes, text } = await list([
      ...archive('base.tar', ''),
      ...frames,
      data(tar()),
      { type: 'end' },
    ]);
    expect(text.split('\n')).toHaveLength(3006);
    expect(writes).toBe(Math.ceil(text.length / 65_536));
  });

  it('passes on what the output throws', async () => {
    const output = { write: () => Promise.reject(new Error('the reader has gone')) };
    await expect(listBackup(oneByOne(GOOD), { json: false, output })).rejects.toThrow('the reader has gone');
  });
});
