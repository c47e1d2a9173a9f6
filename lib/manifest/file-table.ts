/** The files of a manifest by their paths, as many as a million. */

import { BackupError } from '../errors/backup-error.ts';
import type { ManifestFile } from './values.ts';

/** Keeps the files. */
export class FileTable {
  readonly #files = new Map<string, ManifestFile>();
  #withoutChecksum = 0;
  #bytes = 0;

  /** Throws BackupError if there is one of this path already. */
  add(file: ManifestFile): void {
    const { size } = this.#files;
    this.#files.set(file.path, file);
    this.#bytes += file.size;
    if (file.algorithm === 'NONE') this.#withoutChecksum++;
    if (this.#files.size === size)
      throw new BackupError(`duplicate path name in backup manifest: "${file.path}"`);
  }

  get(path: string): ManifestFile | undefined {
    return this.#files.get(path);
  }

  /** How many files there are. */
  get size(): number {
    return this.#files.size;
  }

  /** Of all files together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of files for which the manifest has no checksum. */
  get withoutChecksum(): number {
    return this.#withoutChecksum;
  }

  /** All of them, in the manifest's order. */
  values(): IterableIterator<ManifestFile> {
    return this.#files.values();
  }
}
