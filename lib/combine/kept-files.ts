/** Small files of a backup of which the whole contents are wanted: those that tell which backup it is. */

import { BackupError } from '../errors/backup-error.ts';
import { BACKUP_LABEL, CONTROL_FILE } from '../postgres/data-directory.ts';
import type { ContentsSink } from '../store/file-writer.ts';

/** How large each may be. */
export type KeptLimits = Readonly<Record<string, number>>;

/** The files of every backup. */
export const KEPT_FILES: KeptLimits = { [BACKUP_LABEL]: 64 * 1024, [CONTROL_FILE]: 64 * 1024 };

/** Keeps contents of files. */
export class KeptFiles {
  readonly #place: string;
  readonly #limits: KeptLimits;
  readonly #files = new Map<string, Buffer[]>();

  constructor(place: string, limits = KEPT_FILES) {
    this.#place = place;
    this.#limits = limits;
  }

  /** What takes the contents of a file, if they are wanted. Throws BackupError if it is too large, or came before. */
  sink(path: string, size: number): ContentsSink | undefined {
    const limit = this.#limits[path];
    if (limit === undefined) return undefined;
    if (size > limit) throw new BackupError(`file "${path}" of backup at "${this.#place}" is too large`);
    if (this.#files.has(path)) throw new BackupError(`backup at "${this.#place}" has file "${path}" twice`);
    const pieces: Buffer[] = [];
    this.#files.set(path, pieces);
    return {
      push: (parts) => pieces.push(...parts.map((part) => Buffer.from(part))),
      end() {},
    };
  }

  /** The contents of a file; undefined if it has not come. */
  find(path: string): Buffer | undefined {
    const pieces = this.#files.get(path);
    return pieces === undefined ? undefined : Buffer.concat(pieces);
  }

  /** The contents of a file. Throws BackupError if it has not come. */
  contents(path: string): Buffer {
    const contents = this.find(path);
    if (contents === undefined) throw new BackupError(`backup at "${this.#place}" lacks file "${path}"`);
    return contents;
  }
}
