/** Chains of one file at random, and what is to become of it: a reference that is simple and knows nothing of runs. */

import { incrementalFile } from '../page/incremental-file.ts';
import { BLOCK_BYTES, SEGMENT_BLOCKS, storeBackup } from './stored-backup.ts';

/** A file of one backup: whole, or some blocks of it. Pages consist of one byte each, which tells the backup. */
export interface Version {
  readonly blocks: readonly number[];
  /** Undefined for a whole file. */
  readonly truncation: number | undefined;
  readonly fill: number;
}

function contents({ blocks, truncation, fill }: Version): Buffer {
  if (truncation === undefined) return Buffer.concat(blocks.map(() => Buffer.alloc(BLOCK_BYTES, fill)));
  return incrementalFile({ blocks, truncation, blockBytes: BLOCK_BYTES, fill: () => fill });
}

function entry(version: Version): [string, Buffer] {
  return [version.truncation === undefined ? '16384' : 'INCREMENTAL.16384', contents(version)];
}

/** What the rule says, block by block; versions from the newest to the full one. */
export function expected([newest, ...older]: readonly Version[]): Buffer {
  if (newest?.truncation === undefined) return newest === undefined ? Buffer.alloc(0) : contents(newest);
  const { truncation, blocks } = newest;
  const length = Math.max(truncation, ...blocks.map((block) => block + 1));
  const pages = Array.from({ length }, (_, block) => {
    if (blocks.includes(block)) return newest.fill;
    if (block >= truncation) return 0;
    for (const version of older) {
      if (version.blocks.includes(block)) return version.fill;
      if (version.truncation === undefined) return 0;
    }
    return 0;
  });
  return Buffer.concat(pages.map((fill) => Buffer.alloc(BLOCK_BYTES, fill)));
}

/** Versions of a file from the newest to the full one, which no server would need to have. */
export function randomVersions(random: (limit: number) => number, backups: number): Version[] {
  return Array.from({ length: backups }, (_, age) => {
    const isWhole = age === backups - 1 || random(6) === 0;
    const length = random(SEGMENT_BLOCKS + 1);
    const all = Array.from({ length: isWhole ? length : SEGMENT_BLOCKS }, (_block, block) => block);
    const share = 1 + random(8);
    const blocks = isWhole ? all : all.filter(() => random(share) === 0);
    return { blocks, truncation: isWhole ? undefined : length, fill: backups - age };
  });
}

/** Stores versions, from the newest to the full one, as backups; returns their places, the full one first. */
export function storeVersions(folder: string, versions: readonly Version[]): string[] {
  return [...versions].reverse().map((version, number) =>
    storeBackup(folder, {
      number,
      from: number === 0 ? undefined : number - 1,
      files: Object.fromEntries([entry(version)]),
    }),
  );
}
