/** Stored archives as frames: files in, the frames of each from its beginning to its end out. */

import type { StoredFile } from '../../store/place.ts';
import type { Frame } from '../../stream/frame.ts';
import type { ArchiveFile } from './archives.ts';

/** Contents of a compressed archive do not count as progress by themselves: after how many bytes a frame says it. */
const PROGRESS_BYTES = 16 * 1024 * 1024;

/** Reads files one after the other, and counts. */
export class ArchiveFrames {
  readonly #signal: AbortSignal;
  #bytes = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async *archive(file: ArchiveFile, location: string): AsyncGenerator<Frame, void, undefined> {
    const { name, archive } = file;
    yield { type: 'archive', name, location, resumed: false };
    let told = this.#bytes;
    for await (const frame of this.contents(file)) {
      yield frame;
      if (archive.compression === undefined || this.#bytes - told < PROGRESS_BYTES) continue;
      told = this.#bytes;
      yield { type: 'progress', bytes: BigInt(told) };
    }
    yield { type: 'archive-end', name };
  }

  async *contents(file: StoredFile): AsyncGenerator<Frame, void, undefined> {
    for await (const bytes of file.open(this.#signal)) {
      this.#bytes += bytes.length;
      yield { type: 'data', parts: [bytes], bytes: bytes.length };
    }
  }
}
