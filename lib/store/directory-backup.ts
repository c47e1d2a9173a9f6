/**
 * A backup that is written to a directory: the names of its files and their contents in, files out.
 *
 * All bytes must have reached the disk before the files get their names, the manifest last, as in
 * src/backend/backup/basebackup_server.c.
 */

import { join } from 'node:path';
import { attempt } from '../errors/system-trouble.ts';
import { syncAll } from '../io/durable.ts';
import { MANIFEST } from '../stream/archive-name.ts';
import type { NewBackup, NewFile, WriteOptions } from './place.ts';
import { StagedFile } from './staged-file.ts';
import { TargetDirectory } from './target-directory.ts';

/** In one directory, which is made, or must be empty. */
export class DirectoryBackup implements NewBackup {
  readonly #target: TargetDirectory;
  readonly #options: WriteOptions;
  readonly #archives: StagedFile[] = [];
  #manifest: StagedFile | undefined;

  constructor(path: string, options: WriteOptions) {
    this.#target = TargetDirectory.open(path);
    this.#options = options;
  }

  begin(name: string): NewFile {
    const file = new StagedFile(join(this.#target.path, name));
    if (name === MANIFEST) this.#manifest = file;
    else this.#archives.push(file);
    return file;
  }

  async publish(): Promise<void> {
    await this.#settle(this.#files().map(({ path }) => path));
    for (const file of this.#archives) file.putInPlace();
    await this.#settle([this.#target.path]);
    this.#manifest?.putInPlace();
    await this.#settle([this.#target.path, ...this.#target.holders]);
  }

  abandon(): void {
    for (const file of this.#files()) file.abandon();
  }

  /** Whatever stands in its way is only reported: the failure that led here is the one to be known. */
  async remove(): Promise<string | undefined> {
    const { path, removal } = this.#target;
    const removeTarget = () => attempt(`could not remove directory "${path}"`, () => this.#target.remove());
    const files = this.#files();
    let failed = false;
    for (const remove of [...files.map((file) => () => file.remove()), removeTarget]) {
      try {
        remove();
      } catch (error) {
        failed = true;
        this.#options.warn((error as Error).message);
      }
    }
    return failed || files.length === 0 ? undefined : removal;
  }

  async #settle(paths: readonly string[]): Promise<void> {
    const { sync, signal } = this.#options;
    if (sync) await syncAll(paths, signal);
    signal.throwIfAborted();
  }

  /** The manifest is the first to be removed, so that what is left never looks complete. */
  #files(): readonly StagedFile[] {
    return this.#manifest === undefined ? this.#archives : [this.#manifest, ...this.#archives];
  }
}
