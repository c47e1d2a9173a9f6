import { existsSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checksumOf } from '../../../lib/manifest/checksum.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { randomFrom } from '../../support/rechunk.ts';
import { manifestPath, readManifest } from '../../support/verify.ts';
import { incrementalFile } from '../page/incremental-file.ts';
import { controlFile, LAYOUTS } from '../postgres/control-file.ts';
import { type BackupParts, BLOCK_BYTES, combine, SEGMENT_BLOCKS, storeBackup } from './stored-backup.ts';
import { expected, randomVersions, storeVersions, type Version } from './versions.ts';

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

function folder(): string {
  const made = temporaryFolder();
  folders.push(made);
  return made;
}

/** Stores the versions as backups, and combines these. */
async function combineVersions(versions: readonly Version[]) {
  const place = folder();
  return combine(storeVersions(place, versions), join(place, 'combined'));
}

const FULL: BackupParts = {
  number: 0,
  files: { 16384: Buffer.alloc(3 * BLOCK_BYTES, 1), 16390: Buffer.from('x') },
};
const SOME = incrementalFile({ blocks: [1], truncation: 3, blockBytes: BLOCK_BYTES, fill: () => 2 });
const NEXT: BackupParts = {
  number: 1,
  from: 0,
  files: { 'INCREMENTAL.16384': SOME, 16390: Buffer.from('yy') },
};
const REBUILT = Buffer.concat([1, 2, 1].map((fill) => Buffer.alloc(BLOCK_BYTES, fill)));

function store(...backups: readonly BackupParts[]): { places: string[]; target: string } {
  const place = folder();
  return { places: backups.map((parts) => storeBackup(place, parts)), target: join(place, 'combined') };
}

describe('combineBackups', () => {
  it('takes blocks from where the rule says, whatever the backups hold', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomFrom(seed);
      const versions = randomVersions(random, 2 + random(4));
      const { files } = await combineVersions(versions);
      expect(Object.keys(files)).toEqual(['16384']);
      expect(files[16384]?.equals(expected(versions)), `seed ${seed}`).toBe(true);
    }
  });

  it.each([undefined, 'CRC32C', 'SHA256', 'NONE'] as const)(
    'writes a manifest of what was written, with checksums by %s',
    async (algorithm) => {
      const { places, target } = store(FULL, NEXT);
      const { files } = await combine(places, target, algorithm);
      expect(files).toEqual({ 16384: REBUILT, 16390: Buffer.from('yy') });
      const { Files: entries, 'WAL-Ranges': ranges } = readManifest(target);
      expect(ranges).toEqual([{ Timeline: 1, 'Start-LSN': '0/1100', 'End-LSN': '0/1108' }]);
      expect(entries.map(manifestPath).sort()).toEqual([
        'PG_VERSION',
        'backup_label',
        'base/5/16384',
        'base/5/16390',
        'global/pg_control',
      ]);
      const chosen = algorithm ?? 'CRC32C';
      for (const file of entries) {
        const bytes = readFileSync(join(target, manifestPath(file)));
        expect([file.Size, file.Checksum ?? '']).toEqual([bytes.length, checksumOf(chosen, bytes)]);
      }
      expect(readFileSync(join(target, 'backup_label'), 'utf8')).not.toContain('INCREMENTAL');
    },
  );

  it('keeps the algorithm of the newest backup', async () => {
    const { places, target } = store(FULL, { ...NEXT, algorithm: 'SHA224' });
    await combine(places, target);
    const entry = readManifest(target).Files.find((file) => file.Path === 'base/5/16384');
    expect(entry).toMatchObject({ 'Checksum-Algorithm': 'SHA224', Checksum: checksumOf('SHA224', REBUILT) });
  });

  it.each([
    { full: 'plain', next: 'archives' },
    { full: 'archives', next: 'plain' },
    { full: 'tar', next: 'plain' },
    { full: 'plain', next: 'tar' },
    { full: 'tar', next: 'tar' },
  ] as const)('combines a full backup in form "$full" with one in form "$next"', async ({ full, next }) => {
    const { places, target } = store({ ...FULL, form: full }, { ...NEXT, form: next });
    const { files, warnings } = await combine(places, target);
    expect([files, warnings]).toEqual([{ 16384: REBUILT, 16390: Buffer.from('yy') }, []]);
  });

  it('verifies a tar by the algorithm that another backup has, since its manifest comes last', async () => {
    const algorithm = 'SHA256';
    const { places, target } = store({ ...FULL, algorithm, form: 'tar' }, { ...NEXT, algorithm });
    expect((await combine(places, target)).files[16384]).toEqual(REBUILT);
    const tars = store({ ...FULL, form: 'tar' }, { ...NEXT, algorithm, form: 'tar' });
    await expect(combine(tars.places, tars.target)).rejects.toMatchObject({
      name: 'TroubleError',
      message: `backup at "${tars.places[1]}": the manifest has SHA256 checksums, but CRC32C was computed`,
      hint: 'Store the backup as archives with bb-split, and combine those.',
    });
  });

  it('limits a truncation beyond the segment, and says so', async () => {
    const far = incrementalFile({ blocks: [1], truncation: 131080, blockBytes: BLOCK_BYTES, fill: () => 2 });
    const { places, target } = store(FULL, { ...NEXT, files: { 'INCREMENTAL.16384': far } });
    const { files, warnings } = await combine(places, target);
    expect(files[16384]?.length).toBe(SEGMENT_BLOCKS * BLOCK_BYTES);
    expect(files[16384]?.subarray(0, REBUILT.length)).toEqual(REBUILT);
    expect(warnings).toEqual([
      'truncation block length in excess of segment size 64 for file "base/5/16384"',
    ]);
  });

  it('warns of backups without the checksums of pages that the newest has', async () => {
    const sizes = [BLOCK_BYTES, SEGMENT_BLOCKS, 8192, 16777216] as const;
    const control = controlFile(LAYOUTS[18], { sizes, dataChecksumVersion: 0 });
    const { places, target } = store({ ...FULL, control }, NEXT);
    expect((await combine(places, target)).warnings).toEqual(['only some backups have checksums enabled']);
  });

  it('combines a backup without a manifest, unless it is the newest, and says so', async () => {
    const { places, target } = store(FULL, NEXT);
    rmSync(join(places[0] ?? '', 'backup_manifest'));
    const { files, warnings } = await combine(places, target);
    expect(files[16384]).toEqual(REBUILT);
    expect(warnings).toEqual([
      `backup at "${places[0]}" has no manifest, so that its files were not verified`,
    ]);
  });

  it('follows no links that are none of a server', async () => {
    const { places, target } = store({ ...FULL, form: 'plain' }, NEXT);
    for (const name of ['one', 'other']) symlinkSync('..', join(places[0] ?? '', 'base', name));
    await expect(combine(places, target)).rejects.toThrow(/base\/one" is not a file or directory$/);
  });

  const flipped = Buffer.from(SOME);
  flipped[BLOCK_BYTES + 5] = 99;
  const control = (layout: (typeof LAYOUTS)[17 | 18], sizes: readonly [number, number]) =>
    controlFile(layout, { sizes: [...sizes, 8192, 16777216] });

  /** Backups that are not combined: the first place is "backup-0", the full one. */
  const REFUSED: readonly { name: string; backups: readonly BackupParts[]; complaint: RegExp }[] = [
    {
      name: 'with a damaged page in an incremental file',
      backups: [FULL, { ...NEXT, damaged: { 'base/5/INCREMENTAL.16384': flipped } }],
      complaint:
        /^backup at "\S+backup-1" is not good: checksum mismatch for file "base\/5\/INCREMENTAL\.16384"/,
    },
    {
      name: 'with a damaged file in the full one that is not wanted',
      backups: [{ ...FULL, damaged: { 'base/5/16390': Buffer.from('z') } }, NEXT],
      complaint: /^backup at "\S+backup-0" is not good: checksum mismatch for file "base\/5\/16390"/,
    },
    {
      name: 'of which the full one lacks a file',
      backups: [{ ...FULL, files: {} }, NEXT],
      complaint: /^backup at "\S+backup-0" lacks file "base\/5\/16384"$/,
    },
    {
      name: 'of which one in the middle lacks a file',
      backups: [FULL, { ...NEXT, files: {} }, { ...NEXT, number: 2, from: 1 }],
      complaint: /^backup at "\S+backup-1" lacks file "base\/5\/16384"$/,
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
      name: 'without a full one',
      backups: [NEXT],
      complaint:
        /^backup at "\S+backup-1" is an incremental backup, but the first backup should be a full backup$/,
    },
    {
      name: 'of different versions',
      backups: [{ ...FULL, control: control(LAYOUTS[17], [BLOCK_BYTES, SEGMENT_BLOCKS]) }, NEXT],
      complaint: /^backup at "\S+backup-0"/,
    },
    {
      name: 'of different segment sizes',
      backups: [{ ...FULL, control: control(LAYOUTS[18], [BLOCK_BYTES, 128]) }, NEXT],
      complaint: /^backup at "\S+backup-0": expected segment size 64, but found 128$/,
    },
    {
      name: 'with pages of another size than the cluster has',
      backups: [FULL, { ...NEXT, control: control(LAYOUTS[18], [8192, 131072]) }],
      complaint:
        /^file "base\/5\/INCREMENTAL\.16384" of backup at "\S+backup-1" has pages of 1024 bytes, but /,
    },
    {
      name: 'with a block beyond the segment',
      backups: [
        FULL,
        {
          ...NEXT,
          files: {
            'INCREMENTAL.16384': incrementalFile({ blocks: [64], truncation: 3, blockBytes: BLOCK_BYTES }),
          },
        },
      ],
      complaint: /^file "\S+" of backup at "\S+backup-1" has block 64 in excess of segment size 64$/,
    },
    {
      name: 'with a file both whole and in blocks',
      backups: [FULL, { ...NEXT, files: { ...NEXT.files, 16384: Buffer.alloc(BLOCK_BYTES) } }],
      complaint: /collides with what is there already$/,
    },
  ];

  it('makes a file within a segment, or refuses, whatever the headers say', async () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 25; seed++) {
      const random = randomFrom(seed);
      const [older, newer] = [1, 2].map((number) => {
        const bytes = Buffer.from(SOME);
        // The numbers of the header: magic number, count, truncation, block.
        if (random(3) > 0)
          bytes.writeUInt32LE(random(2) === 0 ? random(130) : random(2 ** 32), 4 * random(4));
        const from = number - 1;
        return { number, from, files: { 'INCREMENTAL.16384': bytes } };
      });
      const { places, target } = store(FULL, ...[older, newer].flatMap((parts) => parts ?? []));
      const outcome = await combine(places, target).catch((error: Error) => error);
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({
          name: 'BackupError',
          message: expect.stringMatching(/^file "base\/5\/INCREMENTAL/),
        });
        expect(existsSync(target)).toBe(false);
      } else expect(outcome.files[16384]?.length).toBeLessThanOrEqual(SEGMENT_BLOCKS * BLOCK_BYTES);
      outcomes.add(outcome instanceof Error ? 'refused' : 'made');
    }
    expect([...outcomes].sort()).toEqual(['made', 'refused']);
  });

  it.each([
    { name: 'a manifest cut short', file: 'backup_manifest', complaint: 'manifest' },
    {
      name: 'an archive without its first member',
      file: 'base.tar',
      complaint: 'archive "base.tar" is cut short',
    },
  ])('says which backup has $name before it reads any', async ({ file, complaint }) => {
    const { places, target } = store(FULL, NEXT);
    truncateSync(join(places[0] ?? '', file), 100);
    await expect(combine(places, target)).rejects.toMatchObject({
      name: 'BackupError',
      message: expect.stringContaining(`backup at "${places[0]}": `),
    });
    await expect(combine(places, target)).rejects.toThrow(complaint);
    expect(existsSync(target)).toBe(false);
  });

  it.each(REFUSED)('refuses backups $name, and leaves nothing', async ({ backups, complaint }) => {
    const { places, target } = store(...backups);
    await expect(combine(places, target)).rejects.toThrow(complaint);
    await expect(combine(places, target)).rejects.toMatchObject({ name: 'BackupError' });
    expect(existsSync(target)).toBe(false);
  });
});
