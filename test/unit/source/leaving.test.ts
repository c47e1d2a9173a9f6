/** Who leaves a compressed tar early: the input is closed, and no more of it read than was needed, whoever reads it. */

import { describe, expect, it } from 'vitest';
import { openCompressor } from '../../../lib/compress/compressor.ts';
import { convertBytes } from '../../../lib/compress/convert-bytes.ts';
import { COMPRESSION_SUFFIX, type Compression } from '../../../lib/compress/method.ts';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { decompressArchives } from '../../../lib/filter/decompress.ts';
import { writePart } from '../../../lib/sink/to-stdout.ts';
import { openBackup } from '../../../lib/source/open-backup.ts';
import { openArchives, openContents } from '../../../lib/source/open-contents.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { lend, whole } from '../../support/rechunk.ts';
import { oneByOne } from '../../support/source.ts';
import { noise } from '../compress/material.ts';
import { file, header } from '../tar/build.ts';

const METHODS = Object.keys(COMPRESSION_SUFFIX) as Compression[];
const MEMBER_BYTES = 2 ** 40;
const HEAD = Buffer.concat([file('backup_label', 'x'), header({ path: 'base/1', size: MEMBER_BYTES })]);
const PIECE = noise(100_000);
/** Codecs gather some megabytes before they work on them. */
const MOST_PIECES = 100;

/** A head, and then one piece again and again, each a file of its own to the codec. */
class Endless {
  readonly #head: Buffer;
  readonly #piece: Buffer;
  pieces = 0;
  closed = false;

  constructor(head: Buffer, piece: Buffer) {
    this.#head = head;
    this.#piece = piece;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield this.#head;
      for (;;) {
        this.pieces++;
        yield this.#piece;
      }
    } finally {
      this.closed = true;
    }
  }
}

async function compress(method: Compression, bytes: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of convertBytes(lend(bytes, whole), () => openCompressor({ method })))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const READERS: readonly [string, (input: AsyncIterable<Buffer>) => AsyncIterable<unknown>][] = [
  ['openBackup', openBackup],
  ['openContents', openContents],
  ['openArchives', openArchives],
  ['decompressArchives', (input) => decompressArchives()(openBackup(input))],
];

describe.each(METHODS)('an endless tar of %s', (method) => {
  describe.each(READERS)('read by %s', (_name, open) => {
    it.each([1, 2, 5])('is left after %d frames', async (frames) => {
      const input = new Endless(await compress(method, HEAD), await compress(method, PIECE));
      let count = 0;
      for await (const _frame of open(input)) if (++count === frames) break;
      expect(input.closed).toBe(true);
      expect(input.pieces).toBeLessThan(MOST_PIECES);
    });

    it('is left when the consumer fails', async () => {
      const input = new Endless(await compress(method, HEAD), await compress(method, PIECE));
      const fail = async () => {
        let count = 0;
        for await (const _frame of open(input)) if (++count === 5) throw new Error('no room');
      };
      await expect(fail()).rejects.toThrow('no room');
      expect(input.closed).toBe(true);
      expect(input.pieces).toBeLessThan(MOST_PIECES);
    });
  });

  it.each(READERS.filter(([name]) => name !== 'openArchives'))(
    'is left by %s when it is no tar',
    async (_name, open) => {
      const bad = Buffer.concat([file('backup_label', 'x'), Buffer.alloc(512, 'bad')]);
      const input = new Endless(await compress(method, bad), await compress(method, PIECE));
      const read = async () => {
        for await (const _frame of open(input));
      };
      await expect(read()).rejects.toThrow(BackupError);
      expect(input.closed).toBe(true);
      expect(input.pieces).toBeLessThan(MOST_PIECES);
    },
  );

  it('is left when a file of it cannot be written', async () => {
    const input = new Endless(await compress(method, HEAD), await compress(method, PIECE));
    const output = { write: () => Promise.reject(new Error('broken pipe')) };
    const frames: AsyncIterable<Frame> = oneByOne(openContents(input));
    await expect(writePart(frames, 'backup_label', output)).rejects.toThrow('broken pipe');
    expect(input.closed).toBe(true);
    expect(input.pieces).toBeLessThan(MOST_PIECES);
  });
});
