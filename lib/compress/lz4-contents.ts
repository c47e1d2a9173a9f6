/**
 * The contents of one LZ4 frame, from its blocks. Independent blocks are decompressed in parallel. Those of the server
 * and of pg_basebackup refer to up to 64 KiB before them, so each waits for the one before. The checksum and the size
 * that the frame states are compared with the contents.
 */

import { damaged } from './damage.ts';
import type { DecompressBlock } from './lz4-blocks.ts';
import type { FrameDescriptor } from './lz4-frame.ts';
import type { Lz4Part } from './lz4-reader.ts';
import { AHEAD, OrderedJobs } from './ordered-jobs.ts';
import { createXxh32 } from './xxh32.ts';

/** Two are faster than reading the input and writing the output. */
const WORKERS = 2;
/** The most blocks in memory: those that wait to be decompressed or taken, and one that the consumer works on. */
export const BLOCKS_HELD = WORKERS + AHEAD + 1;

/** What a block can refer to. */
const HISTORY_BYTES = 64 * 1024;

/** What all frames of a file share. */
export interface Lz4File {
  readonly subject: string;
  readonly decompress: DecompressBlock;
  /** Memory for a block's contents, in use until BLOCKS_HELD more have been asked for. */
  readonly memory: (blockBytes: number) => Buffer;
}

type Block = Extract<Lz4Part, { type: 'block' }>;
type End = Extract<Lz4Part, { type: 'end' }>;

/** Decompresses one frame. */
export class Lz4Contents {
  readonly #file: Lz4File;
  readonly #frame: FrameDescriptor;
  readonly #jobs: OrderedJobs<Buffer>;
  readonly #checksum = createXxh32();
  #bytes = 0n;
  /** What came before the next block, as far as it may refer to it. */
  #history: Buffer = Buffer.alloc(0);

  constructor(file: Lz4File, frame: FrameDescriptor) {
    this.#file = file;
    this.#frame = frame;
    this.#jobs = new OrderedJobs(frame.independent ? WORKERS : 1);
  }

  /** Begins with this block, and gives what is ready. Throws BackupError for one that is damaged. */
  add(block: Block): AsyncGenerator<Buffer, void, undefined> {
    return this.#checked(this.#jobs.give(() => this.#contents(block)));
  }

  /** Gives the rest. Throws BackupError if the contents are not what the frame says. */
  async *end({ checksum, offset }: End): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#checked(this.#jobs.finish());
    const { contentBytes = this.#bytes } = this.#frame;
    const { subject } = this.#file;
    if (contentBytes !== this.#bytes) throw damaged(subject, offset, 'wrong size of the contents');
    if (checksum !== undefined && checksum !== this.#checksum.digest()) {
      throw damaged(subject, offset, 'wrong checksum of the contents');
    }
  }

  close(): void {
    this.#jobs.close();
  }

  async *#checked(results: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const bytes of results) {
      if (this.#frame.contentChecksum) this.#checksum.update(bytes);
      this.#bytes += BigInt(bytes.length);
      if (bytes.length > 0) yield bytes;
    }
  }

  async #contents({ bytes, raw, offset }: Block): Promise<Buffer> {
    const { subject, decompress, memory } = this.#file;
    const target = memory(this.#frame.blockBytes);
    const contents = raw ? bytes : await decompress(bytes, target, this.#history);
    if (contents === undefined) throw damaged(subject, offset, 'damaged LZ4 block');
    if (!this.#frame.independent) this.#remember(contents);
    return contents;
  }

  #remember(contents: Buffer): void {
    const missing = HISTORY_BYTES - contents.length;
    this.#history =
      missing > 0
        ? Buffer.concat([this.#history.subarray(-missing), contents])
        : contents.subarray(-HISTORY_BYTES);
  }
}
