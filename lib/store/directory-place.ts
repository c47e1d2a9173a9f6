/** A place that is a directory: its path in, the files in it out. Links are followed. */

import { existsSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../errors/system-trouble.ts';
import { openFile } from '../io/input.ts';
import { VERSION_FILE } from '../postgres/data-directory.ts';
import { DirectoryBackup } from './directory-backup.ts';
import type { NewBackup, Place, PlaceEntry, StoredFile, WriteOptions } from './place.ts';

/** The place with this path. */
export class DirectoryPlace implements Place {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  get subject(): string {
    return `directory "${this.#path}"`;
  }

  async list(): Promise<readonly PlaceEntry[]> {
    const names = attempt(`could not open ${this.subject}`, () => readdirSync(this.#path));
    return names.sort().map((name) => ({ name, file: this.#regular(name) }));
  }

  async file(name: string): Promise<StoredFile> {
    const path = join(this.#path, name);
    const { size } = attempt(`could not open file "${path}"`, () => statSync(path));
    return storedFile(name, path, size);
  }

  async otherContents(): Promise<string | undefined> {
    return existsSync(join(this.#path, VERSION_FILE)) ? 'It is a data directory.' : undefined;
  }

  async create(options: WriteOptions): Promise<NewBackup> {
    return new DirectoryBackup(this.#path, options);
  }

  #regular(name: string): StoredFile | undefined {
    const path = join(this.#path, name);
    const stats = attempt(`could not stat file "${path}"`, () => statSync(path, { throwIfNoEntry: false }));
    return stats?.isFile() === true ? storedFile(name, path, stats.size) : undefined;
  }
}

function storedFile(name: string, path: string, bytes: number): StoredFile {
  return {
    name,
    path,
    bytes,
    open: (signal) => openFile(path, signal),
    descriptor: () => attempt(`could not open file "${path}"`, () => openSync(path, 'r')),
  };
}
