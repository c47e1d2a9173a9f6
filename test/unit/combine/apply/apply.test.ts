import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';
import { randomFrom } from '../../../support/rechunk.ts';
import { incrementalFile } from '../../page/incremental-file.ts';
import { controlFile, LAYOUTS } from '../../postgres/control-file.ts';
import { type BackupParts, BLOCK_BYTES, combine, SEGMENT_BLOCKS, storeBackup } from '../stored-backup.ts';
import { apply, beside, contentsOf } from './directories.ts';

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

function folder(): string {
  const made = temporaryFolder();
  folders.push(made);
  return made;
}

type Random = (limit: number) => number;

const pages = (count: number, fill: number) => Buffer.alloc(count * BLOCK_BYTES, fill);
const some = (blocks: readonly number[], truncation: number, fill: number) =>
  incrementalFile({ blocks, truncation, blockBytes: BLOCK_BYTES, fill: () => fill });

/** A file in each of the backups of a chain, as a server that works would have it. */
function versionsOfFile(random: Random, backups: number): (readonly [string, Buffer] | undefined)[] {
  let length: number | undefined;
  return Array.from({ length: backups }, (_, number) => {
    const before = length;
    // Files come, go, grow and shrink.
    length = random(8) === 0 ? undefined : random(SEGMENT_BLOCKS + 1);
    if (length === undefined) return undefined;
    if (number === 0 || before === undefined || random(6) === 0) return ['', pages(length, number + 1)];
    const share = 1 + random(6);
    const all = Array.from({ length }, (_block, block) => block);
    const blocks = all.filter((block) => block >= before || random(share) === 0);
    return ['INCREMENTAL.', some(random(4) === 0 ? all.slice(before) : blocks, length, number + 1)];
  });
}

/** Chains with several files, in directories that come and go. */
function randomChain(place: string, random: Random): string[] {
  const backups = 2 + random(4);
  const paths = ['base/5/16384', 'base/5/16385', 'base/5/16386_vm', 'base/6/1', 'global/1262'];
  const files = paths.map((path) => ({ path, versions: versionsOfFile(random, backups) }));
  return Array.from({ length: backups }, (_, number) => {
    const others = files.flatMap(({ path, versions }) => {
      const version = versions[number];
      return version === undefined ? [] : [[path.replace(/[^/]*$/, `${version[0]}$&`), version[1]] as const];
    });
    return storeBackup(place, {
      number,
      from: number === 0 ? undefined : number - 1,
      files: { 777: Buffer.from(`${number}`) },
      others: Object.fromEntries(others),
    });
  });
}

const FULL: BackupParts = {
  number: 0,
  files: { 16384: pages(3, 1), 16385: pages(2, 1), 16390: Buffer.from('x'), 16391: Buffer.from('old') },
  others: { 'base/6/1': Buffer.from('a database'), 'pg_wal/000000010000000000000000': Buffer.from('wal') },
};
const NEXT: BackupParts = {
  number: 1,
  from: 0,
  files: {
    'INCREMENTAL.16384': some([1], 3, 2),
    'INCREMENTAL.16385': some([], 2, 2),
    16390: Buffer.from('yy'),
  },
  others: { 'pg_wal/000000010000000000000001': Buffer.from('new wal') },
};

/** Stores backups, and restores the first. */
async function restored(...backups: readonly BackupParts[]) {
  const place = folder();
  const places = backups.map((parts) => storeBackup(place, parts));
  const [full = '', next = ''] = places;
  const directory = join(place, 'restored');
  const oids = Object.keys(backups[0]?.tablespaces ?? {}).map(Number);
  await combine([full], directory, undefined, beside(directory, ...oids));
  return { place, places, full, next, directory };
}

/** What bb-combine makes of the chain. */
async function combined(place: string, places: readonly string[], ...oids: readonly number[]) {
  const target = join(place, `combined-${places.length}`);
  await combine(places, target, undefined, beside(target, ...oids));
  return contentsOf(target);
}

describe('applyBackup', () => {
  it('makes of a chain what combining it makes, step by step', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const place = folder();
      const [full = '', ...incrementals] = randomChain(place, randomFrom(seed));
      const directory = join(place, 'restored');
      await combine([full], directory);
      const chain = [full];
      for (const next of incrementals) {
        chain.push(next);
        await apply(next, directory, { verify: seed % 2 === 0 });
        expect(contentsOf(directory), `seed ${seed}`).toEqual(await combined(place, chain));
      }
    }
  });

  it('puts blocks where combining puts them, whatever the files are like', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomFrom(seed);
      const all = Array.from({ length: SEGMENT_BLOCKS }, (_, block) => block);
      const blocks = all.filter(() => random(1 + random(8)) === 0);
      const { place, places, next, directory } = await restored(
        { number: 0, files: { 16384: pages(random(SEGMENT_BLOCKS), 1) } },
        { number: 1, from: 0, files: { 'INCREMENTAL.16384': some(blocks, random(SEGMENT_BLOCKS + 9), 2) } },
      );
      await apply(next, directory);
      expect(contentsOf(directory), `seed ${seed}`).toEqual(await combined(place, places));
    }
  });

  it.each(['archives', 'plain', 'tar'] as const)('applies a backup in form "%s"', async (form) => {
    const { place, places, next, directory } = await restored(FULL, { ...NEXT, form });
    const { update, warnings } = await apply(next, directory, { sync: true });
    expect(update).toEqual({ files: 7, bytes: expect.any(Number) });
    expect(warnings).toEqual([]);
    expect(contentsOf(directory)).toEqual(await combined(place, places));
    expect(existsSync(join(directory, 'base/6'))).toBe(false);
  });

  it.each([
    { full: 'SHA256', next: 'SHA256' },
    { full: 'SHA256', next: 'CRC32C' },
    { full: 'CRC32C', next: 'SHA512' },
    { full: 'CRC32C', next: 'NONE' },
    { full: 'NONE', next: 'CRC32C' },
  ] as const)('writes a manifest by $next after one by $full', async (algorithms) => {
    const { place, places, next, directory } = await restored(
      { ...FULL, algorithm: algorithms.full },
      { ...NEXT, algorithm: algorithms.next },
    );
    await apply(next, directory);
    expect(contentsOf(directory)).toEqual(await combined(place, places));
  });

  it('moves along with tablespaces that come, stay and go', async () => {
    const inside = { 16400: pages(2, 1) };
    const { place, places, next, directory } = await restored(
      { ...FULL, tablespaces: { 16500: inside, 16501: inside } },
      {
        ...NEXT,
        tablespaces: { 16501: { 'INCREMENTAL.16400': some([0], 1, 2) }, 16502: inside },
      },
    );
    const mappings = beside(directory, 16501, 16502);
    await apply(next, directory, { mappings });
    expect(contentsOf(directory)).toEqual(await combined(place, places, 16501, 16502));
    expect(readlinkSync(join(directory, 'pg_tblspc/16502'))).toBe(`${directory}-16502`);
    expect(readdirSync(`${directory}-16500`)).toEqual([]);
    expect(existsSync(join(directory, 'tablespace_map'))).toBe(false);
  });

  it('finds WAL where a link leads, and leaves the link', async () => {
    const { place, places, next, directory } = await restored(FULL, NEXT);
    renameSync(join(directory, 'pg_wal'), `${directory}-wal`);
    symlinkSync(`${directory}-wal`, join(directory, 'pg_wal'));
    await apply(next, directory);
    expect(readdirSync(`${directory}-wal`)).toEqual(['000000010000000000000001']);
    expect(contentsOf(directory)).toEqual({ ...(await combined(place, places)), pg_wal: 'link' });
  });

  it('refuses to move a tablespace, and a new one whose directory is not empty', async () => {
    const inside = { 16400: pages(2, 1) };
    const { directory, next } = await restored(
      { ...FULL, tablespaces: { 16500: inside } },
      { ...NEXT, tablespaces: { 16500: inside, 16501: inside } },
    );
    const before = contentsOf(directory);
    await expect(
      apply(next, directory, { mappings: [{ from: '/ts/16500', to: '/elsewhere' }] }),
    ).rejects.toMatchObject({
      name: 'TroubleError',
      message: 'could not move tablespace 16500',
      detail: `It is in directory "${directory}-16500", and stays there.`,
    });
    mkdirSync(join(`${directory}-16501`, 'something'), { recursive: true });
    await expect(apply(next, directory, { mappings: beside(directory, 16501) })).rejects.toThrow(
      `directory "${directory}-16501" exists but is not empty`,
    );
    expect(contentsOf(directory)).toEqual(before);
  });

  it('limits a truncation beyond the segment, and says so', async () => {
    const far = { ...NEXT, files: { 'INCREMENTAL.16384': some([1], 131080, 2) } };
    const { place, places, next, directory } = await restored(FULL, far);
    const { warnings } = await apply(next, directory);
    expect(warnings).toEqual([
      'truncation block length in excess of segment size 64 for file "base/5/16384"',
    ]);
    expect(contentsOf(directory)).toEqual(await combined(place, places));
  });

  it('does nothing where the backup has been applied', async () => {
    const { next, directory } = await restored(FULL, NEXT);
    await apply(next, directory);
    const before = contentsOf(directory);
    expect(await apply(next, directory)).toEqual({ update: undefined, warnings: [] });
    expect(contentsOf(directory)).toEqual(before);
  });

  const flipped = Buffer.from(some([1], 3, 2));
  flipped[BLOCK_BYTES + 5] = 99;
  const sizes = (...[block, segment]: readonly [number, number]) =>
    controlFile(LAYOUTS[18], { sizes: [block, segment, 8192, 16777216] });

  /** What is refused; nothing is changed then. */
  const REFUSED: readonly {
    name: string;
    next: BackupParts;
    spoil?: (directory: string, next: string) => void;
    verify?: boolean;
    complaint: RegExp;
  }[] = [
    {
      name: 'a backup that builds upon another one',
      next: { ...NEXT, number: 3, from: 2 },
      complaint: /^directory "\S+restored" does not hold the backup that "\S+backup-3" builds upon$/,
    },
    {
      name: 'a full backup',
      next: { ...NEXT, from: undefined, files: {} },
      complaint: /^backup at "\S+backup-1" is a full backup$/,
    },
    {
      name: 'a damaged backup',
      next: { ...NEXT, damaged: { 'base/5/INCREMENTAL.16384': flipped } },
      complaint: /^backup at "\S+backup-1" is not good: checksum mismatch for file "base\/5\/INCREMENTAL/,
    },
    {
      name: 'a backup that is cut short',
      next: NEXT,
      spoil: (_, next) => truncateSync(join(next, 'base.tar'), 4096),
      complaint: /^(backup at "\S+": )?archive "base\.tar" is cut short$/,
    },
    {
      name: 'a backup of another segment size',
      next: { ...NEXT, control: sizes(BLOCK_BYTES, 128) },
      complaint: /^backup at "\S+restored": expected segment size 128, but found 64$/,
    },
    {
      name: 'blocks of a file that is not there',
      next: { ...NEXT, files: { 'INCREMENTAL.4711': some([1], 3, 2) } },
      complaint: /^directory "\S+restored" lacks file "base\/5\/4711"$/,
    },
    {
      name: 'a backup with a file of a name of ours',
      next: { ...NEXT, others: { 'backup_label.bb-combine': Buffer.from('x') } },
      complaint: /^unexpected file "backup_label\.bb-combine"$/,
    },
    {
      name: 'a directory in which a server was started',
      next: NEXT,
      spoil: (directory) => writeFileSync(join(directory, 'postmaster.opts'), ''),
      complaint: /has been used by a server since the backup was restored$/,
    },
    {
      name: 'a directory with a file of another size',
      next: NEXT,
      spoil: (directory) => writeFileSync(join(directory, 'base/5/16390'), 'longer'),
      complaint: /: "base\/5\/16390" has size 6 on disk but size 1 in the manifest$/,
    },
    {
      name: 'a directory with a file of its own',
      next: NEXT,
      spoil: (directory) => writeFileSync(join(directory, 'server.key'), ''),
      complaint: /: "server\.key" is present on disk but not in the manifest$/,
    },
    {
      name: 'with --verify, a directory with a damaged file',
      next: NEXT,
      spoil: (directory) => writeFileSync(join(directory, 'base/5/16390'), 'z'),
      verify: true,
      complaint: /: checksum mismatch for file "base\/5\/16390"/,
    },
    {
      name: 'a directory that shares a file with another one',
      next: NEXT,
      spoil: (directory) => linkSync(join(directory, 'base/5/16384'), `${directory}-link`),
      complaint: /^file "base\/5\/16384" in directory "\S+" has a second name$/,
    },
    {
      name: 'a directory without a label',
      next: NEXT,
      spoil: (directory) => rmSync(join(directory, 'backup_label')),
      complaint: /^directory "\S+" is not a backup in plain format$/,
    },
  ];

  it.each(REFUSED)('refuses $name, and changes nothing', async ({ next, spoil, verify, complaint }) => {
    const { places, directory } = await restored(FULL, next);
    spoil?.(directory, places[1] ?? '');
    const before = contentsOf(directory);
    const warnings: string[] = [];
    await expect(apply(places[1] ?? '', directory, { verify: verify === true }, warnings)).rejects.toThrow(
      complaint,
    );
    expect(warnings).toEqual([]);
    expect(contentsOf(directory)).toEqual(before);
  });

  it('finds damage in a file that stays as it is and gets another checksum', async () => {
    const { next, directory } = await restored(FULL, { ...NEXT, algorithm: 'SHA256' });
    writeFileSync(join(directory, 'base/5/16385'), pages(2, 9));
    await expect(apply(next, directory)).rejects.toThrow(
      `checksum mismatch for file "${directory}/base/5/16385"`,
    );
  });

  it('finds damage in a file that it changes, and does not take the directory any more', async () => {
    const { next, directory } = await restored(FULL, NEXT);
    writeFileSync(join(directory, 'base/5/16384'), pages(3, 9));
    const damaged = apply(next, directory);
    await expect(damaged).rejects.toThrow(`checksum mismatch for file "${directory}/base/5/16384"`);
    expect(readFileSync(join(directory, 'base/5/16384'))).toEqual(pages(3, 9));
    await expect(apply(next, directory)).rejects.toThrow(
      `directory "${directory}" is not a backup in plain format`,
    );
  });
});
