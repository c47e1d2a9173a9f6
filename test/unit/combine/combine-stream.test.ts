import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decode } from '../../../lib/stream/decode.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { TarReader } from '../../../lib/tar/reader.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { randomFrom } from '../../support/rechunk.ts';
import { tree } from '../../support/tree.ts';
import { manifestPath, readManifest } from '../../support/verify.ts';
import { incrementalFile } from '../page/incremental-file.ts';
import { verifyStream } from '../verify/run.ts';
import {
  type BackupParts,
  BLOCK_BYTES,
  combine,
  combineAsStream,
  extractTo,
  locationOf,
  relationsIn,
  SEGMENT_BLOCKS,
  storeBackup,
} from './stored-backup.ts';
import { expected, randomVersions, storeVersions } from './versions.ts';

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

function folder(): string {
  const made = temporaryFolder();
  folders.push(made);
  return made;
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** A directory, and what its manifest says apart from the order of files. */
async function comparable(directory: string) {
  const files = await tree(directory);
  files.delete('backup_manifest');
  const { Files: entries, 'WAL-Ranges': ranges } = readManifest(directory);
  return { files, ranges, entries: new Map(entries.map((entry) => [manifestPath(entry), entry])) };
}

function verify(stream: Buffer) {
  return verifyStream(stream, { pages: 'never', parseWal: false });
}

const page = (fill: number) => Buffer.alloc(BLOCK_BYTES, fill);
const FULL: BackupParts = {
  number: 0,
  files: { 16390: Buffer.from('x'), 16384: Buffer.alloc(3 * BLOCK_BYTES, 1), 16395: page(5) },
};
const SOME = incrementalFile({ blocks: [1], truncation: 4, blockBytes: BLOCK_BYTES, fill: () => 2 });
const NEXT: BackupParts = {
  number: 1,
  from: 0,
  files: { 16399: page(7), 'INCREMENTAL.16384': SOME, 16390: Buffer.from('yy') },
};
const REBUILT = Buffer.concat([1, 2, 1, 0].map(page));

function store(...backups: readonly BackupParts[]): { folder: string; places: string[] } {
  const place = folder();
  return { folder: place, places: backups.map((parts) => storeBackup(place, parts)) };
}

/** The members of the archives in a stream, in order. */
async function membersOf(stream: Buffer): Promise<Record<string, string[]>> {
  const members: Record<string, string[]> = {};
  let current: string[] = [];
  let reader = new TarReader('');
  for await (const frame of decode(chunks(stream))) {
    if (frame.type === 'archive') {
      reader = new TarReader(frame.name);
      current = [];
      members[frame.name] = current;
    } else if (frame.type === 'manifest') break;
    else if (frame.type === 'data')
      for (const part of frame.parts)
        for (const chunk of reader.push(part)) if (chunk.type === 'header') current.push(chunk.member.path);
  }
  return members;
}

describe('streamCombined', () => {
  it('makes of random chains what is made in a directory, and a backup that verifies', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = randomFrom(seed);
      const versions = randomVersions(random, 2 + random(4));
      const place = folder();
      const places = storeVersions(place, versions);
      const { stream } = await combineAsStream(places);
      const target = join(place, 'from-stream');
      await extractTo(target, decode(chunks(stream)));
      expect(relationsIn(target)[16384]?.equals(expected(versions)), `seed ${seed}`).toBe(true);
      await combine(places, join(place, 'directly'));
      expect(await comparable(target)).toEqual(await comparable(join(place, 'directly')));
      expect((await verify(stream)).complaints, `seed ${seed}`).toEqual([]);
    }
  });

  it('keeps the order of the full backup, between what the server sends first and last', async () => {
    const { places } = store(FULL, NEXT);
    const { stream, warnings } = await combineAsStream(places);
    const { 'base.tar': members = [] } = await membersOf(stream);
    expect(members.filter((path) => !path.endsWith('/'))).toEqual([
      'backup_label',
      'PG_VERSION',
      'base/5/16384',
      'base/5/16390',
      'base/5/16399',
      'global/pg_control',
    ]);
    expect(warnings).toEqual([]);
  });

  it.each([undefined, 'CRC32C', 'SHA256', 'NONE'] as const)(
    'writes a manifest of what it sends, with checksums by %s',
    async (algorithm) => {
      const { folder: place, places } = store(FULL, NEXT);
      const { stream } = await combineAsStream(places, { algorithm });
      await extractTo(join(place, 'one'), decode(chunks(stream)));
      await combine(places, join(place, 'other'), algorithm);
      expect(await comparable(join(place, 'one'))).toEqual(await comparable(join(place, 'other')));
    },
  );

  it.each([
    { full: 'plain', next: 'archives' },
    { full: 'archives', next: 'plain' },
    { full: 'tar', next: 'plain' },
    { full: 'plain', next: 'tar' },
    { full: 'tar', next: 'tar' },
  ] as const)('combines a full backup in form "$full" with one in form "$next"', async ({ full, next }) => {
    const { folder: place, places } = store({ ...FULL, form: full }, { ...NEXT, form: next });
    const { stream } = await combineAsStream(places);
    await extractTo(join(place, 'out'), decode(chunks(stream)));
    const { 16384: rebuilt, 16390: whole, 16395: dropped } = relationsIn(join(place, 'out'));
    expect([rebuilt, whole, dropped]).toEqual([REBUILT, Buffer.from('yy'), undefined]);
    expect((await verify(stream)).complaints).toEqual([]);
  });

  it('sends new tablespaces before base.tar, and none that were dropped', async () => {
    const whole = Buffer.alloc(2 * BLOCK_BYTES, 3);
    const { folder: place, places } = store(
      { ...FULL, tablespaces: { 16500: { 1: whole }, 16501: { 2: whole } } },
      { ...NEXT, tablespaces: { 16502: { 3: page(8) }, 16500: { 'INCREMENTAL.1': SOME } } },
    );
    const { stream } = await combineAsStream(places);
    const members = await membersOf(stream);
    expect(Object.keys(members)).toEqual(['16500.tar', '16502.tar', 'base.tar']);
    expect(members['base.tar']?.slice(0, 2)).toEqual(['backup_label', 'tablespace_map']);
    expect((await verify(stream)).complaints).toEqual([]);
    const moves = ['16500', '16502'].map((oid) => ({
      from: locationOf(oid),
      to: join(place, oid),
    }));
    await extractTo(join(place, 'out'), decode(chunks(stream)), [], moves);
    const rebuilt = readFileSync(join(place, '16500', 'PG_18_202506291/5/1'));
    expect(rebuilt).toEqual(Buffer.concat([3, 2, 0, 0].map(page)));
  });

  it('makes a map of tablespaces where the newest backup has links', async () => {
    const { folder: place, places } = store(FULL, { ...NEXT, form: 'plain' });
    const [full = '', next = ''] = places;
    mkdirSync(join(place, 'fast'));
    symlinkSync(join(place, 'fast'), join(next, 'pg_tblspc/16500'));
    const { stream } = await combineAsStream([full, next]);
    expect((await membersOf(stream))['base.tar']?.slice(0, 2)).toEqual(['backup_label', 'tablespace_map']);
    expect((await membersOf(stream))['base.tar']).not.toContain('pg_tblspc/16500/');
    expect((await verify(stream)).complaints).toEqual([]);
  });

  it('tells sizes beforehand, and positions as in the newest backup', async () => {
    const { places } = store(FULL, NEXT);
    const frames: Frame[] = [];
    let bytes = 0;
    for await (const frame of decode(chunks((await combineAsStream(places)).stream))) {
      if (frame.type === 'manifest') break;
      if (frame.type === 'data') bytes += frame.bytes;
      else frames.push(frame);
    }
    const kilobytes = Math.ceil(bytes / 1024);
    expect(frames).toContainEqual(expect.objectContaining({ type: 'tablespace', kilobytes }));
    expect(frames).toContainEqual(expect.objectContaining({ type: 'start', lsn: 0x1100n, timeline: 1 }));
  });

  it('spools no more than it needs of the incremental backups, up to a limit', async () => {
    const huge = Buffer.alloc(SEGMENT_BLOCKS * BLOCK_BYTES, 1);
    const last = { ...NEXT, number: 2, from: 1 };
    const { places } = store({ ...FULL, files: { ...FULL.files, 16396: huge } }, NEXT, last);
    const { spooled } = await combineAsStream(places);
    expect(spooled).toBeLessThan(40 * 1024);
    await expect(combineAsStream(places, { limit: spooled - 1 })).rejects.toMatchObject({
      name: 'TroubleError',
      message: expect.stringMatching(/^incremental backups need more than \S+ kB of spool space$/),
    });
    await expect(combineAsStream(places, { limit: spooled })).resolves.toMatchObject({ spooled });
  });

  it('limits a truncation beyond the segment, and says so', async () => {
    const far = incrementalFile({ blocks: [1], truncation: 131080, blockBytes: BLOCK_BYTES, fill: () => 2 });
    const { folder: place, places } = store(FULL, { ...NEXT, files: { 'INCREMENTAL.16384': far } });
    const { stream, warnings } = await combineAsStream(places);
    await extractTo(join(place, 'out'), decode(chunks(stream)));
    const found = relationsIn(join(place, 'out'))[16384];
    expect(found?.length).toBe(SEGMENT_BLOCKS * BLOCK_BYTES);
    expect(found?.subarray(0, 3 * BLOCK_BYTES)).toEqual(REBUILT.subarray(0, 3 * BLOCK_BYTES));
    expect(warnings).toEqual([
      'truncation block length in excess of segment size 64 for file "base/5/16384"',
    ]);
  });

  it('combines a backup without a manifest, unless it is the newest, and says so', async () => {
    const { places } = store(FULL, NEXT);
    rmSync(join(places[0] ?? '', 'backup_manifest'));
    const { stream, warnings } = await combineAsStream(places);
    expect(warnings).toEqual([
      `backup at "${places[0]}" has no manifest, so that its files were not verified`,
    ]);
    expect((await verify(stream)).complaints).toEqual([]);
  });

  const flipped = Buffer.from(SOME);
  flipped[BLOCK_BYTES + 5] = 99;

  /** Backups that are not combined: the first place is "backup-0", the full one. */
  const REFUSED: readonly { name: string; backups: readonly BackupParts[]; complaint: RegExp }[] = [
    {
      name: 'with a damaged page in an incremental file',
      backups: [FULL, { ...NEXT, damaged: { 'base/5/INCREMENTAL.16384': flipped } }],
      complaint:
        /^backup at "\S+backup-1" is not good: checksum mismatch for file "base\/5\/INCREMENTAL\.16384"/,
    },
    {
      name: 'with a damaged file in the full one',
      backups: [{ ...FULL, damaged: { 'base/5/16390': Buffer.from('z') } }, NEXT],
      complaint: /^backup at "\S+backup-0" is not good: checksum mismatch for file "base\/5\/16390"/,
    },
    {
      name: 'of which the full one lacks a file',
      backups: [{ ...FULL, files: {} }, NEXT],
      complaint: /^backup at "\S+backup-0" lacks file "base\/5\/16384"$/,
    },
    {
      name: 'of which the full one has an incremental file',
      backups: [{ ...FULL, files: NEXT.files }, NEXT],
      complaint: /^full backup at "\S+backup-0" contains unexpected incremental file for "base\/5\/16384"$/,
    },
    {
      name: 'with a gap',
      backups: [FULL, NEXT, { ...NEXT, number: 3, from: 2 }],
      complaint: /^backup at "\S+backup-1" starts at LSN 0\/1100, but expected 0\/1200$/,
    },
    {
      name: 'with a file both whole and in blocks',
      backups: [FULL, { ...NEXT, files: { ...NEXT.files, 16384: Buffer.alloc(BLOCK_BYTES) } }],
      complaint: /^file "base\/5\/16384" is in backup at "\S+backup-1" twice$/,
    },
  ];

  it.each(REFUSED)('refuses backups $name', async ({ backups, complaint }) => {
    const { places } = store(...backups);
    await expect(combineAsStream(places)).rejects.toThrow(complaint);
    await expect(combineAsStream(places)).rejects.toMatchObject({ name: 'BackupError' });
  });

  it('refuses a full backup that is cut short while it passes', async () => {
    const { places } = store(FULL, NEXT);
    truncateSync(join(places[0] ?? '', 'base.tar'), 11 * 1024);
    await expect(combineAsStream(places)).rejects.toMatchObject({
      name: 'BackupError',
      message: expect.stringMatching(/^backup at "\S+backup-0": archive "base\.tar" is cut short$/),
    });
  });
});
