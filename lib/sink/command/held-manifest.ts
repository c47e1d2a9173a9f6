/**
 * The manifest, held back until the backup is known to be whole. That of a million files has some 150 MB, so it waits
 * in a temporary file.
 */

import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { attempt, attemptAsync } from '../../errors/system-trouble.ts';
import { writeAllSync } from '../../io/pieces.ts';
import { openUnnamedFile } from '../../io/unnamed-file.ts';

const READ_BYTES = 256 * 1024;

/** Takes the manifest and gives it out again. */
export class HeldManifest {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(): Promise<HeldManifest> {
    const act = `could not create temporary file in "${tmpdir()}"`;
    return new HeldManifest(await attemptAsync(act, () => openUnnamedFile('bb-split-manifest-')));
  }

  push(parts: readonly Buffer[]): void {
    const act = `could not write to temporary file in "${tmpdir()}"`;
    attempt(act, () => writeAllSync(this.#file.fd, parts));
  }

  /** All that was written, in pieces that are valid until the next is asked for. */
  *pieces(): Generator<Buffer, void, undefined> {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    for (let position = 0; ; ) {
      const bytes = readSync(this.#file.fd, buffer, 0, buffer.length, position);
      if (bytes === 0) return;
      yield buffer.subarray(0, bytes);
      position += bytes;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
