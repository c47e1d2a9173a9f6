/**
 * Applying a backup when the process is killed: each act that changes a file or directory is once the last one, of a
 * write half is done. What is left is a whole directory, or one without global/pg_control, and the same once more
 * brings it to its end.
 */

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { OWN_NAMES } from '../../../../lib/combine/apply/names.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';
import { incrementalFile } from '../../page/incremental-file.ts';
import { type BackupParts, BLOCK_BYTES, combine, storeBackup } from '../stored-backup.ts';
import { apply, beside, contentsOf } from './directories.ts';

/** How many acts are left to the process. */
const life = vi.hoisted(() => ({ acts: Number.POSITIVE_INFINITY }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  // Nothing of the kind fails otherwise, so that it has no error number.
  const act = () => {
    if (life.acts-- <= 0) throw new Error('killed');
  };
  const mortal =
    <Args extends unknown[], Result>(work: (...args: Args) => Result) =>
    (...args: Args): Result => {
      act();
      return work(...args);
    };
  const changes = fs.constants.O_CREAT | fs.constants.O_TRUNC;
  return {
    ...fs,
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      if (typeof args[1] === 'number' && (args[1] & changes) !== 0) act();
      return fs.openSync(...args);
    },
    writeSync: (fd: number, bytes: Buffer, offset: number, length: number, position: number | null) => {
      if (life.acts === 0) fs.writeSync(fd, bytes, offset, length >> 1, position);
      act();
      return fs.writeSync(fd, bytes, offset, length, position);
    },
    writevSync: mortal(fs.writevSync),
    ftruncateSync: mortal(fs.ftruncateSync),
    renameSync: mortal(fs.renameSync),
    unlinkSync: mortal(fs.unlinkSync),
    rmdirSync: mortal(fs.rmdirSync),
    mkdirSync: mortal(fs.mkdirSync),
    symlinkSync: mortal(fs.symlinkSync),
    chmodSync: mortal(fs.chmodSync),
  };
});

const folders: string[] = [];
afterEach(() => {
  life.acts = Number.POSITIVE_INFINITY;
});
afterAll(() => folders.forEach(removeFolder));

const pages = (count: number, fill: number) => Buffer.alloc(count * BLOCK_BYTES, fill);
const some = (blocks: readonly number[], truncation: number, fill: number) =>
  incrementalFile({ blocks, truncation, blockBytes: BLOCK_BYTES, fill: () => fill });
const SPACE = { 16400: pages(3, 1) };

const FULL: BackupParts = {
  number: 0,
  files: { 16384: pages(3, 1), 16385: pages(5, 1), 16386: pages(2, 1), 16390: Buffer.from('x') },
  others: { 'base/6/1': Buffer.from('a database'), 'pg_wal/000000010000000000000000': Buffer.from('wal') },
  tablespaces: { 16500: SPACE, 16501: SPACE },
};
const NEXT: BackupParts = {
  number: 1,
  from: 0,
  files: {
    'INCREMENTAL.16384': some([1, 4], 5, 2),
    'INCREMENTAL.16385': some([0], 2, 2),
    'INCREMENTAL.16386': some([], 1, 2),
    16390: Buffer.from('yy'),
  },
  others: { 'base/7/1': Buffer.from('another one') },
  tablespaces: { 16501: { 'INCREMENTAL.16400': some([2], 3, 2) }, 16502: SPACE },
};

/** Backups, a restored one, and what a directory is to be in the end. */
async function prepare() {
  const folder = temporaryFolder();
  folders.push(folder);
  const [full = '', next = ''] = [FULL, NEXT].map((parts) => storeBackup(folder, parts));
  const directory = join(folder, 'restored');
  const kept = join(folder, 'kept');
  await combine([full], directory, undefined, beside(directory, 16500, 16501));
  const parts = ['', '-16500', '-16501', '-16502'];
  const copy = (from: string, to: string) => {
    for (const part of parts.filter((each) => existsSync(from + each)))
      cpSync(from + part, to + part, { recursive: true, verbatimSymlinks: true });
  };
  copy(directory, kept);
  const restore = () => {
    for (const part of parts) rmSync(directory + part, { recursive: true, force: true });
    copy(kept, directory);
    return directory;
  };
  const target = join(folder, 'combined');
  await combine([full, next], target, undefined, beside(target, 16501, 16502));
  return { folder, next, restore, expected: contentsOf(target) };
}

/** Applies the backup as a process that is killed after so many acts. Returns whether it came to its end before. */
async function applyUntilKilled(next: string, directory: string, acts: number): Promise<boolean> {
  life.acts = acts;
  try {
    await apply(next, directory, { mappings: beside(directory, 16502) });
    return true;
  } catch (error) {
    if (!String(error).includes('killed')) throw error;
    return false;
  } finally {
    life.acts = Number.POSITIVE_INFINITY;
  }
}

function withoutOurs(directory: string): Record<string, string> {
  const contents = contentsOf(directory);
  return Object.fromEntries(Object.entries(contents).filter(([path]) => !OWN_NAMES.includes(path)));
}

describe('applyBackup, when it is killed', () => {
  it('leaves at each act what cannot be started, or is whole, and finishes when it is run again', async () => {
    const { next, restore, expected } = await prepare();
    const seen = new Set<string>();
    for (let acts = 0, done = false; !done; acts++) {
      const directory = restore();
      const before = contentsOf(directory);
      done = await applyUntilKilled(next, directory, acts);
      const after = withoutOurs(directory);
      const isWhole = existsSync(join(directory, 'global/pg_control'));
      if (isWhole) expect([before, expected], `after ${acts} acts`).toContainEqual(after);
      // Killed once more, somewhere else.
      if (!done && acts % 3 === 0) await applyUntilKilled(next, directory, (acts * 7) % 40);
      await apply(next, directory, { mappings: beside(directory, 16502) });
      expect(contentsOf(directory), `after ${acts} acts`).toEqual(expected);
      seen.add(isWhole ? (JSON.stringify(after) === JSON.stringify(before) ? 'old' : 'new') : 'between');
      expect(acts).toBeLessThan(500);
    }
    expect([...seen]).toEqual(['old', 'between', 'new']);
  }, 120_000);

  it('refuses another backup in the middle, and says which has begun', async () => {
    const { folder, next, restore, expected } = await prepare();
    const directory = restore();
    await applyUntilKilled(next, directory, 20);
    const other = join(folder, 'other');
    mkdirSync(other);
    storeBackup(other, { ...NEXT, number: 2 });
    const before = contentsOf(directory);
    const refused = apply(join(other, 'backup-2'), directory, { mappings: beside(directory, 16502) });
    await expect(refused).rejects.toMatchObject({
      name: 'TroubleError',
      detail: 'Another backup, which starts at LSN 0/1100, has been applied to it in part.',
    });
    expect(contentsOf(directory)).toEqual(before);
    await apply(next, directory, { mappings: beside(directory, 16502) });
    expect(contentsOf(directory)).toEqual(expected);
  });

  it('says what to do, and takes a good copy of a backup that has become bad', async () => {
    const { next, restore, expected } = await prepare();
    const directory = restore();
    const archive = join(next, 'base.tar');
    const good = readFileSync(archive);
    const warnings: string[] = [];
    // It is good when it is read first, and cut when it is read again.
    let read = 0;
    const cut = (bytes: number) => {
      read += bytes;
      if (read > good.length * 1.5) writeFileSync(archive, good.subarray(0, 4096));
    };
    const options = { mappings: beside(directory, 16502) };
    await expect(apply(next, directory, { ...options, add: cut }, warnings)).rejects.toThrow('cut short');
    expect(warnings).toEqual([
      `no server can be started in directory "${directory}" until the backup has been applied to the end`,
    ]);
    expect(existsSync(join(directory, 'global/pg_control'))).toBe(false);
    writeFileSync(archive, good);
    await apply(next, directory, options);
    expect(contentsOf(directory)).toEqual(expected);
  });
});
