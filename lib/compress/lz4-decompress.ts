/** LZ4 files to their contents: frames one after the other, as the server, pg_basebackup, lz4 and bb write them. */

import { ringsBySize } from './blocks.ts';
import type { Codec } from './codec.ts';
import { chooseDecompression } from './lz4-blocks.ts';
import { BLOCKS_HELD, Lz4Contents, type Lz4File } from './lz4-contents.ts';
import { type Lz4Part, Lz4Reader } from './lz4-reader.ts';

/** Decompresses one LZ4 file. */
export class Lz4Decompressor implements Codec {
  readonly #file: Lz4File;
  readonly #reader: Lz4Reader;
  #contents: Lz4Contents | undefined;

  /** The name of the system's liblz4 is for tests. */
  constructor(subject: string, library?: string) {
    this.#file = {
      subject,
      decompress: chooseDecompression(library),
      memory: ringsBySize(BLOCKS_HELD),
    };
    // Beside the blocks that are held, one is being read; and one that is raw may be the history of the next.
    this.#reader = new Lz4Reader(subject, BLOCKS_HELD + 2);
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (const part of this.#reader.push(bytes)) yield* this.#read(part);
  }

  // A frame's contents have come when its end has.
  // biome-ignore lint/correctness/useYield: all that is left to do is to look whether there was one.
  async *end(): AsyncGenerator<Buffer, void, undefined> {
    this.#reader.end();
  }

  close(): void {
    this.#contents?.close();
  }

  async *#read(part: Lz4Part): AsyncGenerator<Buffer, void, undefined> {
    if (part.type === 'frame') this.#contents = new Lz4Contents(this.#file, part.frame);
    else if (part.type === 'block') yield* this.#contents?.add(part) ?? [];
    else yield* this.#contents?.end(part) ?? [];
  }
}
