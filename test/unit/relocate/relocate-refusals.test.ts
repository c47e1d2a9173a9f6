/**
 * What bb-relocate's filter refuses: mappings that do not fit, before anything goes out; backups that do not agree with
 * themselves; streams that are cut or damaged.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { relocate } from '../../../lib/relocate/relocate.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { directoryMapping, type Mapping, oidMapping } from '../../../lib/tablespaces/mapping.ts';
import { archive, backupFrames, data, notice, spellAll } from '../../support/frames.ts';
import { gather } from '../../support/gather.ts';
import { every, whole } from '../../support/rechunk.ts';
import { buildManifest } from '../manifest/build.ts';
import { file, symlink, tar } from '../tar/build.ts';
import { baseTar, stream, streamBytes } from './build.ts';
import { moves, NEW, OLD, run } from './relocation.ts';

describe('before anything goes out', () => {
  const cases: readonly {
    name: string;
    bytes: () => Buffer;
    mappings: readonly Mapping[];
    complaint: string;
  }[] = [
    {
      name: 'a mapping that fits nothing',
      bytes: () => streamBytes({ tablespaces: OLD }),
      mappings: [directoryMapping({ from: '/nosuch', to: '/x' })],
      complaint: 'no tablespace of the backup is in directory "/nosuch"',
    },
    {
      name: 'a backup without tablespaces',
      bytes: () => streamBytes({ tablespaces: [] }),
      mappings: [directoryMapping({ from: '/nosuch', to: '/x' })],
      complaint: 'no tablespace of the backup is in directory "/nosuch"',
    },
    {
      name: 'two tablespaces in one place',
      bytes: () => streamBytes({ tablespaces: OLD }),
      mappings: [oidMapping(16384, '/x'), oidMapping(16385, '/x')],
      complaint: 'tablespace 16385 would share a directory with tablespace 16384',
    },
    {
      name: 'archives that are compressed',
      bytes: () =>
        spellAll(
          backupFrames({
            tablespaces: [{ oid: 1, location: '/a' }],
            copy: [...archive('1.tar.zst', '/a'), ...archive('base.tar.zst', '')],
          }),
        ),
      mappings: [oidMapping(1, '/x')],
      complaint: 'could not relocate tablespaces: archive "1.tar.zst" is compressed',
    },
    {
      name: 'a backslash for a server that would not read it',
      bytes: () => streamBytes({ tablespaces: [{ oid: 1, location: '/a' }], version: '13.23' }),
      mappings: [oidMapping(1, '/x\\y')],
      complaint: 'could not move tablespace 1 to "/x\\y"',
    },
  ];

  it.each(cases)('refuses $name', async ({ bytes, mappings, complaint }) => {
    for (const cut of [whole, every(5000)]) {
      const { error, bytes: out } = await run(bytes(), mappings, cut);
      expect(error).toBeInstanceOf(TroubleError);
      expect(error).toHaveProperty('message', complaint);
      expect(out).toHaveLength(0);
    }
  });

  it('does not wait for more than there is memory for', async () => {
    const endless = (async function* (): AsyncGenerator<Frame> {
      for (;;) yield { ...notice('again'), wire: [Buffer.alloc(100_000)] };
    })();
    const { error, bytes } = await gather(relocate([oidMapping(1, '/x')])(endless));
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/^more than \d+ bytes stand before the first archive$/),
    );
    expect(bytes).toHaveLength(0);
  });

  it('passes archives compressed as they are when it is only pg_wal', async () => {
    const frames = stream({ tablespaces: OLD, manifest: false }).map(
      (frame): Frame =>
        frame.type === 'archive' && frame.name === 'pg_wal.tar' ? { ...frame, name: 'pg_wal.tar.gz' } : frame,
    );
    expect((await run(spellAll(frames), moves(OLD, NEW))).error).toBeUndefined();
  });
});

describe('a backup that does not agree with itself', () => {
  const tablespaces = [{ oid: 1, location: '/a' }];
  const mappings = [oidMapping(1, '/x')];

  const base = (...members: readonly Buffer[]) =>
    spellAll(
      backupFrames({
        tablespaces,
        copy: [...archive('1.tar', '/a', tar()), ...archive('base.tar', '', tar(...members))],
      }),
    );

  it.each([
    {
      name: 'whose map has another location',
      bytes: base(file('tablespace_map', '1 /b\n')),
      complaint: 'file "tablespace_map" does not agree with the tablespaces of the backup',
    },
    {
      name: 'whose map has another tablespace',
      bytes: base(file('tablespace_map', '1 /a\n2 /b\n')),
      complaint: 'file "tablespace_map" does not agree with the tablespaces of the backup',
    },
    {
      name: 'whose map lacks a tablespace',
      bytes: base(file('tablespace_map', '')),
      complaint: 'file "tablespace_map" does not agree with the tablespaces of the backup',
    },
    {
      name: 'whose map is malformed',
      bytes: base(file('tablespace_map', '1 /a')),
      complaint: 'invalid data in file "tablespace_map"',
    },
    {
      name: 'that has the map twice',
      bytes: base(file('tablespace_map', '1 /a\n'), file('./tablespace_map', '1 /a\n')),
      complaint: 'archive "base.tar" has file "tablespace_map" twice',
    },
    {
      name: 'whose map is huge',
      bytes: base(file('tablespace_map', '', { size: 20_000_000 })),
      complaint: 'file "tablespace_map" has more than 16777216 bytes',
    },
    {
      name: 'whose link points elsewhere',
      bytes: base(symlink('pg_tblspc/1', '/b')),
      complaint: 'link "pg_tblspc/1" does not agree with the tablespaces of the backup',
    },
    {
      name: 'that has a link too many',
      bytes: base(file('tablespace_map', '1 /a\n'), symlink('pg_tblspc/2', '/b')),
      complaint: 'link "pg_tblspc/2" does not agree with the tablespaces of the backup',
    },
    {
      name: 'that has neither map nor link',
      bytes: base(file('PG_VERSION', '15\n')),
      complaint: 'could not move tablespace 1',
    },
    {
      name: 'whose base.tar is no tar',
      bytes: spellAll(
        backupFrames({
          tablespaces,
          copy: [...archive('1.tar', '/a'), ...archive('base.tar', '', Buffer.alloc(600, 'x'))],
        }),
      ),
      complaint: 'malformed archive "base.tar": no tar header where one should be',
    },
    {
      name: 'whose base.tar is cut short',
      bytes: spellAll(
        backupFrames({
          tablespaces,
          copy: [...archive('1.tar', '/a'), ...archive('base.tar', '', file('tablespace_map', '1 /a\n'))],
        }),
      ),
      complaint: 'archive "base.tar" is cut short',
    },
  ])('is refused: one $name', async ({ bytes, complaint }) => {
    for (const cut of [whole, every(700)]) {
      const { error, frames } = await run(bytes, mappings, cut);
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toHaveProperty('message', complaint);
      expect(frames.at(-1)?.type).not.toBe('end');
    }
  });

  it.each([
    {
      name: 'lists another checksum',
      files: { tablespace_map: Buffer.from('1 /b\n') },
      complaint: 'checksum mismatch for file "tablespace_map"',
    },
    {
      name: 'lists another size',
      files: { tablespace_map: Buffer.from('') },
      complaint: 'size mismatch for file "tablespace_map"',
    },
    {
      name: 'does not list the map',
      files: { x: Buffer.from('') },
      complaint: '"tablespace_map" is not in the backup manifest',
    },
  ])('is refused: one whose manifest $name', async ({ files, complaint }) => {
    const frames = backupFrames({
      tablespaces,
      copy: [
        ...archive('1.tar', '/a', tar()),
        ...archive('base.tar', '', tar(file('tablespace_map', '1 /a\n'))),
        { type: 'manifest' },
        data(buildManifest({ files })),
      ],
    });
    const { error } = await run(spellAll(frames), mappings, every(100));
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty('message', complaint);
  });

  it('a link that has no room for the new target is trouble', async () => {
    const mapping = [oidMapping(1, `/${'x'.repeat(99)}`)];
    const { error } = await run(base(symlink('pg_tblspc/1', '/a')), mapping);
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toHaveProperty(
      'message',
      'could not move tablespace 1: symbolic link target too long for tar format',
    );
    expect(
      (await run(base(symlink('pg_tblspc/1', '/a')), [oidMapping(1, `/${'x'.repeat(98)}`)])).error,
    ).toBeUndefined();
  });
});

describe('a stream that is cut or damaged', () => {
  it('never comes out as a whole one', async () => {
    const bytes = streamBytes({ tablespaces: OLD, filling: Buffer.alloc(0) });
    for (let length = 0; length < bytes.length; length += 61) {
      const { error, frames } = await run(bytes.subarray(0, length), moves(OLD, NEW), every(3000));
      expect(error).toBeInstanceOf(BackupError);
      expect(frames.at(-1)?.type).not.toBe('end');
    }
  });

  it('is refused in no other way, however it is damaged', async () => {
    const parts = { tablespaces: OLD, filling: Buffer.alloc(0) };
    const bytes = streamBytes(parts);
    const place = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(place, async ([index, mask]) => {
        const damaged = Buffer.from(bytes);
        damaged[index] = (damaged[index] ?? 0) ^ mask;
        const { error } = await run(damaged, moves(OLD, NEW), every(3000));
        const refused = error === undefined || error instanceof BackupError || error instanceof TroubleError;
        expect(refused).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('gives messages that are not too long, however long they come', async () => {
    const tablespaces = [{ oid: 1, location: '/a' }];
    const long = baseTar({ tablespaces, filling: Buffer.alloc(16_700_000, 'x') });
    const copy = [...archive('1.tar', '/a'), ...archive('base.tar', '', long)];
    const { error, frames } = await run(spellAll(backupFrames({ tablespaces, copy })), [
      oidMapping(1, '/mnt/much/longer'),
    ]);
    expect(error).toBeUndefined();
    const moved = archive(
      'base.tar',
      '',
      baseTar({
        tablespaces: [{ oid: 1, location: '/mnt/much/longer' }],
        filling: Buffer.alloc(16_700_000, 'x'),
      }),
    );
    const at = frames.findIndex((frame) => frame.type === 'archive' && frame.name === 'base.tar');
    expect(frames[at + 1]).toMatchObject({ bytes: (moved[1] as { bytes: number }).bytes });
  });
});
