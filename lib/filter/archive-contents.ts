/**
 * The tar in an archive: bytes of the archive in, bytes of the tar out to a function; they are decompressed if the
 * archive's name says that it is compressed. For consumers that look into archives without changing them.
 */

import type { Codec } from '../compress/codec.ts';
import { openDecompressor } from '../compress/decompressor.ts';
import type { ZstdThreads } from '../compress/zstd-threads.ts';
import { parseArchiveName } from '../stream/archive-name.ts';

/** Takes bytes of the tar, in buffers that are valid until it returns, or its promise is kept. */
export type TakeContents = (parts: readonly Buffer[]) => void | Promise<void>;

/** One archive. To be closed by its opener. */
export class ArchiveContents {
  readonly #take: TakeContents;
  /** Undefined for an archive that is not compressed. */
  readonly #codec: Codec | undefined;

  private constructor(take: TakeContents, codec: Codec | undefined) {
    this.#take = take;
    this.#codec = codec;
  }

  /** Of several archives, those that are compressed by zstd can share `threads`. */
  static async open(name: string, take: TakeContents, threads?: ZstdThreads): Promise<ArchiveContents> {
    const { compression } = parseArchiveName(name) ?? {};
    if (compression === undefined) return new ArchiveContents(take, undefined);
    return new ArchiveContents(take, await openDecompressor(compression, `archive "${name}"`, threads));
  }

  /**
   * More of the archive: done at once, or when the promise is. Throws BackupError for bytes that cannot be decompressed,
   * and what the function throws.
   */
  push(parts: readonly Buffer[]): void | Promise<void> {
    return this.#codec === undefined ? this.#take(parts) : this.#decompress(this.#codec, parts);
  }

  /** The archive is complete. Throws BackupError if its compression says that it is not. */
  async end(): Promise<void> {
    if (this.#codec !== undefined) await this.#takeAll(this.#codec.end());
    this.close();
  }

  close(): void {
    this.#codec?.close();
  }

  async #decompress(codec: Codec, parts: readonly Buffer[]): Promise<void> {
    for (const part of parts) await this.#takeAll(codec.push(part));
  }

  async #takeAll(pieces: AsyncIterable<Buffer>): Promise<void> {
    for await (const bytes of pieces) await this.#take([bytes]);
  }
}
