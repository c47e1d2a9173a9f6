/** Holds back the contents of a small file until they are complete, and writes what an edit makes of them. */

import { BackupError } from '../errors/backup-error.ts';
import { MAX_TABLESPACE_MAP_BYTES } from '../postgres/tablespace-map.ts';
import type { ContentsSink } from '../store/file-writer.ts';

/** Turns a file's contents into those to be written. */
export type Edit = (contents: Buffer) => Buffer;

/** Stands before the file. */
export class HeldContents implements ContentsSink {
  readonly #file: ContentsSink;
  readonly #edit: Edit;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(file: ContentsSink, edit: Edit) {
    this.#file = file;
    this.#edit = edit;
  }

  push(parts: readonly Buffer[]): void {
    for (const part of parts) {
      this.#bytes += part.length;
      if (this.#bytes > MAX_TABLESPACE_MAP_BYTES)
        throw new BackupError(`a file of more than ${MAX_TABLESPACE_MAP_BYTES} bytes cannot be edited`);
      this.#pieces.push(Buffer.from(part));
    }
  }

  end(): void {
    this.#file.push([this.#edit(Buffer.concat(this.#pieces))]);
    this.#file.end();
  }
}
