import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { type IncrementalHeader, IncrementalReader } from '../../../lib/page/incremental-reader.ts';
import { CUTS, type Cut, every, lend, randomFrom, randomly } from '../../support/rechunk.ts';
import { type IncrementalContents, incrementalFile, MAGIC } from './incremental-file.ts';

/** Pages that damaged headers put beyond are not looked at. */
const MOST_BYTES = 4 * 1024 ** 2;

/** Reads a file of which `size` bytes were announced; gives the header, the pages in their places, and their length. */
async function read(bytes: Buffer, cut: Cut, size = bytes.length) {
  const reader = new IncrementalReader('file "f"', size);
  let header: IncrementalHeader | undefined;
  let whole = Buffer.alloc(0);
  let length = 0;
  for await (const chunk of lend(bytes, cut)) {
    for (const part of reader.push(chunk)) {
      if (part.type === 'header') {
        header = part.header;
        const { blocks, blockBytes = 0 } = header;
        whole = Buffer.alloc(Math.min((1 + Math.max(0, ...blocks)) * blockBytes, MOST_BYTES));
      } else {
        part.bytes.copy(whole, part.position);
        length += part.bytes.length;
      }
    }
  }
  reader.end();
  return { header, whole, length };
}

/** Good files. */
const FILES: readonly ({ name: string } & IncrementalContents)[] = [
  { name: 'of no blocks', blocks: [], truncation: 7 },
  { name: 'of no blocks and nothing before', blocks: [], truncation: 0 },
  { name: 'of one block', blocks: [3], truncation: 9 },
  { name: 'whose blocks all come after the truncation', blocks: [4, 5, 9], truncation: 0 },
  { name: 'with blocks before and after the truncation', blocks: [0, 1, 2, 8], truncation: 3 },
  { name: 'whose blocks are in no order', blocks: [8, 1, 2, 0], truncation: 3 },
  { name: 'whose truncation lies beyond a segment', blocks: [1], truncation: 2 ** 32 - 1 },
  { name: 'with pages of 1 kB', blocks: [2, 3, 5], truncation: 6, blockBytes: 1024 },
  { name: 'with pages of 32 kB', blocks: [1], truncation: 6, blockBytes: 32768 },
];

/** Files that no server writes. */
const MALFORMED: readonly { name: string; bytes: Buffer; size?: number; complaint: string }[] = [
  { name: 'an empty one', bytes: Buffer.alloc(0), complaint: 'is cut short' },
  {
    name: 'half a header',
    bytes: incrementalFile({ blocks: [], truncation: 1 }).subarray(0, 7),
    complaint: 'is cut short',
  },
  {
    name: 'another magic number',
    bytes: incrementalFile({ blocks: [1], truncation: 1, magic: 0x0dd3ae1f }),
    complaint: 'has bad incremental magic number (0xdd3ae1f, expected 0xd3ae1f0d)',
  },
  {
    name: 'more blocks than any segment has',
    bytes: incrementalFile({ blocks: [1], truncation: 1, count: 2 ** 24 + 1 }),
    complaint: 'has block count 16777217 in excess of segment size 16777216',
  },
  {
    name: 'fewer pages than blocks',
    bytes: incrementalFile({ blocks: [1, 2], truncation: 1, count: 3 }),
    complaint: 'has 24576 bytes, which no file with 3 blocks has',
  },
  {
    name: 'a part of a page',
    bytes: Buffer.concat([incrementalFile({ blocks: [1], truncation: 1 }), Buffer.alloc(100)]),
    complaint: 'has 16484 bytes, which no file with 1 blocks has',
  },
  {
    name: 'padding without blocks',
    bytes: Buffer.concat([incrementalFile({ blocks: [], truncation: 1 }), Buffer.alloc(8180)]),
    complaint: 'has 8192 bytes, which no file with 0 blocks has',
  },
  {
    name: 'a block twice',
    bytes: incrementalFile({ blocks: [4, 1, 4], truncation: 9 }),
    complaint: 'has block 4 twice',
  },
  {
    name: 'a block beyond any segment',
    bytes: incrementalFile({ blocks: [1, 2 ** 31], truncation: 9 }),
    complaint: 'has block 2147483648 in excess of segment size 16777216',
  },
  {
    name: 'less than was announced',
    bytes: incrementalFile({ blocks: [1, 2], truncation: 1 }).subarray(0, -1),
    size: 24576,
    complaint: 'is cut short',
  },
  {
    name: 'nothing after the header',
    bytes: incrementalFile({ blocks: [1], truncation: 1 }).subarray(0, 16),
    size: 16384,
    complaint: 'is cut short',
  },
  {
    name: 'more than was announced',
    bytes: Buffer.concat([incrementalFile({ blocks: [1], truncation: 1 }), Buffer.alloc(1)]),
    size: 16384,
    complaint: 'is longer than it was announced',
  },
];

describe('IncrementalReader', () => {
  describe.each(FILES)('reads a file $name', (file) => {
    const { blocks, truncation, blockBytes = 8192 } = file;

    it.each(CUTS)('$name', async ({ cut }) => {
      const { header, whole, length } = await read(incrementalFile(file), cut);
      expect([...(header?.blocks ?? [])]).toEqual(blocks);
      expect(header).toMatchObject({ truncation, blockBytes: blocks.length === 0 ? undefined : blockBytes });
      expect(length).toBe(blocks.length * blockBytes);
      const expected = Buffer.alloc(whole.length);
      for (const block of blocks) expected.fill(block + 1, block * blockBytes, (block + 1) * blockBytes);
      expect(whole.equals(expected)).toBe(true);
    });
  });

  it.each([253, 254])('finds the pages after a header of %d block numbers', async (count) => {
    // With pages of 1 kB, 253 numbers fill the first block.
    const blocks = Array.from({ length: count }, (_, index) => 2 * index);
    const { whole, length } = await read(
      incrementalFile({ blocks, truncation: 9, blockBytes: 1024 }),
      every(1000),
    );
    expect(length).toBe(count * 1024);
    expect(blocks.every((block) => whole[block * 1024] === (block + 1) % 256)).toBe(true);
  });

  it('gives pages that follow upon each other together', () => {
    const bytes = incrementalFile({ blocks: [2, 3, 4, 9], truncation: 10 });
    const parts = [...new IncrementalReader('file "f"', bytes.length).push(bytes)];
    const pages = parts.flatMap((part) =>
      part.type === 'pages' ? [[part.position, part.bytes.length]] : [],
    );
    expect(pages).toEqual([
      [2 * 8192, 3 * 8192],
      [9 * 8192, 8192],
    ]);
  });

  describe.each(MALFORMED)('refuses $name', ({ bytes, size, complaint }) => {
    it.each(CUTS)('$name', async ({ cut }) => {
      await expect(read(bytes, cut, size)).rejects.toThrow(new BackupError(`file "f" ${complaint}`));
    });
  });

  it('never throws anything but BackupError, whatever a header holds', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomFrom(seed);
      const blocks = Array.from({ length: random(5) }, () => random(12));
      const bytes = incrementalFile({ blocks, truncation: random(20), blockBytes: 1024 });
      for (let flips = 1 + random(3); flips > 0; flips--)
        bytes[random(Math.min(bytes.length, 40))] = random(256);
      if (random(2) === 0) bytes.writeUInt32LE(MAGIC);
      const size = bytes.length + (random(3) === 0 ? random(3000) : 0);
      const outcome = await read(bytes, randomly(seed, 500), size).catch((error: Error) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(BackupError);
      else expect(outcome.length % 1024).toBe(0);
    }
  });
});
