/**
 * bb-relocate's filter on streams: what comes out is what the server would have sent, had the tablespaces been in the
 * new places. The oracle is a builder that knows nothing of moving.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../lib/backup/decode.ts';
import { BackupError } from '../../../lib/backup/error.ts';
import type { Frame } from '../../../lib/backup/frame.ts';
import { TroubleError } from '../../../lib/cli/trouble.ts';
import { relocate } from '../../../lib/filter/relocate.ts';
import { CHECKSUM_ALGORITHMS } from '../../../lib/manifest/checksum.ts';
import { directoryMapping, type Mapping, oidMapping } from '../../../lib/relocate/mapping.ts';
import { anyBackup } from '../../support/any-backup.ts';
import {
  archive,
  backupFrames,
  data,
  encodeAll,
  notice,
  spellAll,
  type Tablespace,
} from '../../support/frames.ts';
import { type Gathered, gather, joinData } from '../../support/gather.ts';
import { CUTS, type Cut, every, lend, randomly, whole } from '../../support/rechunk.ts';
import { buildManifest } from '../manifest/build.ts';
import { baseTar, type Parts, stream, streamBytes } from '../relocate/build.ts';
import { file, symlink, tar } from '../tar/build.ts';

/** Locations that need care in tablespace_map, in shells, and in mappings. */
const OLD: readonly Tablespace[] = [
  { oid: 16384, location: '/srv/a b=c\\=d' },
  { oid: 16385, location: '/srv/first\nsecond\rthird\\' },
  { oid: 16386, location: 'pg_tblspc/16386' },
  { oid: 4294967295, location: `/srv/größe ${'漢字'.repeat(20)}` },
];
const NEW: readonly Tablespace[] = [
  { oid: 16384, location: '/mnt/"new" \\n\n$HOME `ls` *' },
  { oid: 16385, location: '/mnt/=' },
  { oid: 16386, location: 'pg_tblspc/16386' },
  { oid: 4294967295, location: `/mnt/${'long/'.repeat(60)}end` },
];

/** Mappings for the tablespaces that are elsewhere in the second list. */
function moves(from: readonly Tablespace[], to: readonly Tablespace[]): Mapping[] {
  const pairs = from.map(({ location }, index) => ({ from: location, to: to[index]?.location ?? '' }));
  return pairs.filter((pair) => pair.from !== pair.to).map(directoryMapping);
}

function run(bytes: Buffer, mappings: readonly Mapping[], cut: Cut = whole): Promise<Gathered> {
  return gather(relocate(decode(lend(bytes, cut)), mappings));
}

async function expectMoved(parts: Parts, to: readonly Tablespace[], cut: Cut = every(5000)): Promise<void> {
  const { frames, error } = await run(streamBytes(parts), moves(parts.tablespaces, to), cut);
  expect(error).toBeUndefined();
  expect(frames).toEqual(joinData(stream({ ...parts, tablespaces: to })));
}

describe('relocate', () => {
  it.each(CUTS)('gives what the server would send from the new places, $name', async ({ cut }) => {
    await expectMoved({ tablespaces: OLD }, NEW, cut);
  });

  it.each(
    CHECKSUM_ALGORITHMS.flatMap((algorithm) =>
      ([1, 2] as const).flatMap((version) =>
        [false, true].map((forceEncode) => ({ algorithm, version, forceEncode })),
      ),
    ),
  )('edits manifests: $algorithm, version $version, encoded $forceEncode', async (manifest) => {
    await expectMoved({ tablespaces: OLD, manifest }, NEW);
  });

  /** A link in a tar has room for 99 bytes. */
  const short = (all: readonly Tablespace[]) =>
    all.map(({ oid, location }) => ({ oid, location: location.slice(0, 40) }));

  it.each(['links', 'both'] as const)('edits %s in base.tar', async (has) => {
    await expectMoved({ tablespaces: short(OLD), has }, short(NEW));
  });

  it.each([
    { name: 'without a manifest', parts: { manifest: false as const } },
    { name: 'of version 18', parts: { version: '18.1 (Debian 18.1-1)' } },
  ])('takes a backup $name', async ({ parts }) => {
    await expectMoved({ tablespaces: OLD, ...parts }, NEW);
  });

  it('moves one and leaves the others', async () => {
    const to = OLD.map((tablespace, index) => (index === 1 ? { ...tablespace, location: '/x' } : tablespace));
    await expectMoved({ tablespaces: OLD }, to);
  });

  it("gives two tablespaces each other's place", async () => {
    const [one, two] = [
      { oid: 1, location: '/a' },
      { oid: 2, location: '/b' },
    ];
    await expectMoved({ tablespaces: [one, two] }, [
      { ...one, location: '/b' },
      { ...two, location: '/a' },
    ]);
  });

  it('moves any tablespaces anywhere', async () => {
    const name = fc.string({
      unit: fc.constantFrom('a', ' ', '=', '\\', '\n', '\r', '"', 'ü', '\u{1f418}'),
      maxLength: 30,
    });
    // Beneath a directory of their own, so that none is in another one.
    const move = fc.record({ old: name, new: name, moves: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 4 }), fc.nat(), async (all, seed) => {
        const old = all.map((one, index) => ({ oid: index + 1, location: `/old${index}/x${one.old}` }));
        const to = all.map((one, index) =>
          one.moves ? { oid: index + 1, location: `/new${index}/x${one.new}` } : old[index],
        );
        const mappings = all.flatMap((one, index) =>
          one.moves ? [oidMapping(`${index + 1}=${to[index]?.location.replaceAll('=', '\\=')}`)] : [],
        );
        // A backslash before an equals sign cannot be spelled in a mapping.
        fc.pre(all.every((one) => !one.new.includes('\\=')));
        const { frames, error } = await run(
          streamBytes({ tablespaces: old }),
          mappings,
          randomly(seed, 9000),
        );
        expect(error).toBeUndefined();
        const wanted = joinData(stream({ tablespaces: to as Tablespace[] }));
        expect(encodeAll(frames).equals(encodeAll(wanted))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('what is not edited', () => {
  const identity: Mapping = {
    subject: '',
    complaint: '',
    fits: () => true,
    target: ({ location }) => location,
  };

  /** Whether a frame is one that can be relocated. */
  const isPlain = (frame: Frame): boolean => {
    if (frame.type === 'archive') return frame.name.startsWith('pg_wal') || frame.name.endsWith('.tar');
    return frame.type !== 'tablespace' || !frame.location?.includes('\ufffd');
  };
  const isTablespace = (frame: Frame) => frame.type === 'tablespace' && frame.oid !== null;

  it('passes byte for byte if nothing moves, whatever the stream', async () => {
    const backups = anyBackup.filter((frames) => frames.every(isPlain) && frames.some(isTablespace));
    await fc.assert(
      fc.asyncProperty(backups, fc.nat(), async (frames, seed) => {
        const bytes = encodeAll(frames);
        const { bytes: out, error } = await run(bytes, [identity], randomly(seed));
        expect(error).toBeUndefined();
        expect(out.equals(bytes)).toBe(true);
      }),
    );
  });

  it('passes with its wire, in base.tar behind the map too', async () => {
    const parts = { tablespaces: OLD, filling: Buffer.alloc(10_000_000, 'x'), manifest: false as const };
    const without: Frame[] = [];
    const copied = new Set<string>();
    for await (const frame of relocate(
      decode(lend(encodeAll(stream(parts)), every(65_536))),
      moves(OLD, NEW),
    )) {
      if (frame.wire === undefined) without.push(frame);
      else copied.add(frame.type);
    }
    expect(without.length).toBeLessThan(20);
    expect(without.filter(({ type }) => type === 'tablespace')).toHaveLength(3);
    expect(without.filter(({ type }) => type === 'archive')).toHaveLength(3);
    expect(copied).toEqual(
      new Set([
        'parameter',
        'columns',
        'start',
        'result-end',
        'tablespace',
        'copy',
        'archive',
        'data',
        'copy-done',
        'stop',
        'end',
      ]),
    );
  });

  it('is a notice, wherever it stands', async () => {
    const frames = stream({ tablespaces: OLD }).flatMap((frame) => [notice('hear'), frame]);
    const { frames: out } = await run(spellAll(frames), moves(OLD, NEW), every(5000));
    expect(out.filter(({ type }) => type === 'notice')).toHaveLength(frames.length / 2);
  });

  it('is a manifest where only links were edited', async () => {
    const parts: Parts = { tablespaces: OLD.slice(0, 1), has: 'links' };
    const to = [{ oid: 16384, location: '/x' }];
    const { frames } = await run(streamBytes(parts), moves(parts.tablespaces, to));
    const manifest = frames[frames.findIndex(({ type }) => type === 'manifest') + 1];
    expect(manifest).toEqual(data(buildManifestOf(parts)));
  });
});

function buildManifestOf(parts: Parts): Buffer {
  const frames = stream(parts);
  const frame = frames[frames.findIndex(({ type }) => type === 'manifest') + 1];
  return frame?.type === 'data' ? Buffer.concat(frame.parts) : Buffer.alloc(0);
}

describe('only these lines of the manifest differ', () => {
  it("that of tablespace_map, in size and checksum, and that of the manifest's own checksum", async () => {
    const before = buildManifestOf({ tablespaces: OLD }).toString().split('\n');
    const { frames } = await run(streamBytes({ tablespaces: OLD }), moves(OLD, NEW));
    const frame = frames[frames.findIndex(({ type }) => type === 'manifest') + 1];
    const after = (frame?.type === 'data' ? Buffer.concat(frame.parts) : '').toString().split('\n');
    expect(after).toHaveLength(before.length);
    const changed = after.filter((line, index) => line !== before[index]);
    expect(changed).toEqual([
      expect.stringMatching(
        /^\{ "Path": "tablespace_map", "Size": \d+, "Last-Modified": "2026-11-22 16:02:19 GMT", /,
      ),
      expect.stringMatching(/^"Manifest-Checksum": "[0-9a-f]{64}"\}$/),
    ]);
  });
});

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
      mappings: [oidMapping('16384=/x'), oidMapping('16385=/x')],
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
      mappings: [oidMapping('1=/x')],
      complaint: 'could not relocate tablespaces: archive "1.tar.zst" is compressed',
    },
    {
      name: 'a backslash for a server that would not read it',
      bytes: () => streamBytes({ tablespaces: [{ oid: 1, location: '/a' }], version: '13.23' }),
      mappings: [oidMapping('1=/x\\y')],
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
    const { error, bytes } = await gather(relocate(endless, [oidMapping('1=/x')]));
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
  const mappings = [oidMapping('1=/x')];

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
    const mapping = [oidMapping(`1=/${'x'.repeat(99)}`)];
    const { error } = await run(base(symlink('pg_tblspc/1', '/a')), mapping);
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toHaveProperty(
      'message',
      'could not move tablespace 1: symbolic link target too long for tar format',
    );
    expect(
      (await run(base(symlink('pg_tblspc/1', '/a')), [oidMapping(`1=/${'x'.repeat(98)}`)])).error,
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
      oidMapping('1=/mnt/much/longer'),
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
