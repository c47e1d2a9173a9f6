/** Makes of the contents of a file a hole of their length: it reads as zeros, and takes no room. */

import { statSync, truncateSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import type { ContentsSink, FileWriter } from '../../store/file-writer.ts';

/** Stands before a file that is being written. */
export class HoleContents implements ContentsSink {
  readonly #file: FileWriter;
  #bytes = 0;

  constructor(file: FileWriter) {
    this.#file = file;
  }

  push(parts: readonly Buffer[]): void {
    for (const { length } of parts) this.#bytes += length;
  }

  end(): void {
    this.#file.setLength(this.#bytes);
    this.#file.end();
  }
}

/** Does it to a file that is there. */
export function makeHole(path: string): void {
  attempt(`could not truncate file "${path}"`, () => {
    const { size } = statSync(path);
    truncateSync(path, 0);
    truncateSync(path, size);
  });
}
