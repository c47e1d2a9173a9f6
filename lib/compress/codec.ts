/**
 * What compresses or decompresses one archive, or one file: bytes are pushed in, and what is ready comes out. The work
 * is done outside the main thread, and goes on between the calls, so that reading, compressing and writing overlap. Its
 * memory is bounded, whatever comes in.
 */

/** Compresses or decompresses one archive, or one file. */
export interface Codec {
  /**
   * Takes bytes in, which must stay as they are until the iteration ends, and yields what is ready; each
   * buffer is valid until the next is asked for. A decompressor throws BackupError for what is damaged.
   */
  push(bytes: Buffer): AsyncIterable<Buffer>;
  /** No more bytes come: yields what is left. A decompressor throws BackupError if that is too early. */
  end(): AsyncIterable<Buffer>;
  /** Frees what it holds, in whatever state, also while work is under way. Idempotent. */
  close(): void;
}
