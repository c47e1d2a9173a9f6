/**
 * The libzstd that Node.js has built in, from version 22.15 on. It has threads and all parameters. But before version
 * 24 it does not notice that a file is cut short, and it reads nothing after the end of a frame, so the frames are
 * followed here.
 */

import * as zlib from 'node:zlib';
import { Blocks, ring } from './blocks.ts';
import type { Codec } from './codec.ts';
import { CUT_SHORT } from './damage.ts';
import type { CompressionSettings } from './method.ts';
import { type Zlib, ZlibStream } from './zlib-stream.ts';
import type { Explain } from './zstd-codec.ts';
import { ZstdFrames } from './zstd-frames.ts';
import { PARAMETER, zstdParameters } from './zstd-parameters.ts';

const INPUT_BYTES = 1024 * 1024;
const OUTPUT_BYTES = 1024 * 1024;
/** One block is worked on, one is being filled. */
const INPUT_BLOCKS = 2;

interface Options {
  readonly chunkSize: number;
  readonly params?: Readonly<Record<number, number>>;
}

/** The functions of node:zlib that Node.js 20 does not have. */
export interface NodeZstd {
  createZstdCompress(options: Options): Zlib;
  createZstdDecompress(options: Options): Zlib;
}

/** Undefined where Node.js has no zstd. */
export function loadNodeZstd(): NodeZstd | undefined {
  return 'createZstdCompress' in zlib ? (zlib as unknown as NodeZstd) : undefined;
}

/** Compresses one zstd file. */
export class NodeZstdCompressor implements Codec {
  readonly #zstd: ZlibStream;
  readonly #blocks = new Blocks(ring(INPUT_BYTES, INPUT_BLOCKS));

  constructor(node: NodeZstd, settings: CompressionSettings, explain: Explain) {
    const parameters = zstdParameters(settings).map(([name, value]) => [PARAMETER[name], value]);
    const options = { chunkSize: OUTPUT_BYTES, params: Object.fromEntries(parameters) };
    this.#zstd = new ZlibStream(node.createZstdCompress(options), (error) => explain(error.message, 0));
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (const block of this.#blocks.cut(bytes)) yield* this.#give(block);
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    const rest = this.#blocks.rest();
    if (rest.length > 0) yield* this.#give(rest);
    yield* this.#zstd.end();
  }

  close(): void {
    this.#zstd.close();
  }

  async *#give(block: Buffer): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#zstd.ready();
    this.#zstd.write(block);
  }
}

/** Decompresses one zstd file. */
export class NodeZstdDecompressor implements Codec {
  readonly #explain: Explain;
  readonly #zstd: ZlibStream;
  readonly #frames = new ZstdFrames();
  readonly #blocks = new Blocks(ring(INPUT_BYTES, INPUT_BLOCKS));
  #given = 0;

  constructor(node: NodeZstd, explain: Explain) {
    this.#explain = explain;
    const zstd = node.createZstdDecompress({ chunkSize: OUTPUT_BYTES });
    this.#zstd = new ZlibStream(zstd, (error) => explain(error.message, this.#zstd.used));
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (const block of this.#blocks.cut(bytes)) yield* this.#give(block);
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#give(this.#blocks.rest());
    yield* this.#zstd.ready();
    if (this.#given === 0 || !this.#frames.between) throw this.#explain(CUT_SHORT, this.#given);
    yield* this.#zstd.end();
  }

  close(): void {
    this.#zstd.close();
  }

  /** Each write ends where a frame does, or before. */
  async *#give(block: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (let rest = block; rest.length > 0; ) {
      const length = this.#frames.take(rest);
      yield* this.#zstd.ready();
      this.#zstd.write(rest.subarray(0, length));
      this.#given += length;
      rest = rest.subarray(length);
    }
  }
}
