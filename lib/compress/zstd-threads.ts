/**
 * Keeps a thread that has done its task for the next task: starting a thread takes tens of milliseconds, and a backup
 * may have hundreds of tablespaces. Code that opens codecs for several archives makes one of these and passes it to
 * each.
 */

import { ZstdContexts } from './zstd-contexts.ts';
import type { ZstdService } from './zstd-service.ts';

/** At most one idle thread, and at most one idle context for workers of libzstd (zstd-workers.ts). */
export class ZstdThreads {
  readonly contexts = new ZstdContexts();
  #idle: ZstdService | undefined;

  /** The idle thread, if there is one. */
  take(): ZstdService | undefined {
    const idle = this.#idle;
    this.#idle = undefined;
    return idle;
  }

  /** Takes back a thread that has done its task. */
  giveBack(service: ZstdService): void {
    if (this.#idle !== undefined) service.quit();
    else {
      service.rest();
      this.#idle = service;
    }
  }
}
