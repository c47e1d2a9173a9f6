/** Keeps what has compressed one archive, which has threads and memory, for the next one. */

import type { CompressionContext, ZstdLibrary } from './zstd-library.ts';

/** At most one idle context. */
export class ZstdContexts {
  #idle: CompressionContext | undefined;

  /** The idle one, or a new one. */
  take(library: ZstdLibrary): CompressionContext {
    const context = this.#idle ?? library.createCompression();
    this.#idle = undefined;
    return context;
  }

  /** Takes back what has ended its task. */
  giveBack(context: CompressionContext): void {
    if (this.#idle === undefined) this.#idle = context;
    else context.free();
  }
}
