/**
 * One part of a backup to an output: an archive, the manifest, or a file in an archive, by its path in the data
 * directory. It goes out as it comes, and the rest of the backup is read behind it: only when the end has been read is
 * it known that what went out is good.
 */

import { MANIFEST, parseArchiveName } from '../backup/archive.ts';
import { BackupError } from '../backup/error.ts';
import type { Frame } from '../backup/frame.ts';
import { toTheEnd } from '../backup/to-the-end.ts';
import { decompressArchives } from '../filter/decompress.ts';
import type { Output } from '../io/output.ts';
import { PartOfArchive } from './part-of-archive.ts';

/**
 * Reads the backup to its end and writes the part. Throws BackupError if the backup is not good or has no such part; what
 * the output throws, comes through.
 */
export async function writePart(
  frames: AsyncIterable<Frame>,
  name: string,
  output: Pick<Output, 'write'>,
): Promise<void> {
  const search = new Search(name);
  // An archive goes out as it is; a file may be in one that is compressed.
  const isFile = name !== MANIFEST && parseArchiveName(name) === undefined;
  for await (const frame of toTheEnd(isFile ? decompressArchives(frames) : frames)) {
    const pieces = search.take(frame);
    if (pieces.length > 0) await output.write(pieces);
  }
  search.end();
}

/** Looks for the part in the frames. */
class Search {
  readonly #name: string;
  #current: PartOfArchive | 'manifest' | undefined;
  /** The archive that may be interrupted and go on. */
  #wal: PartOfArchive | undefined;
  readonly #archives: PartOfArchive[] = [];
  #manifest = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** What of the part is in this frame. */
  take(frame: Frame): readonly Buffer[] {
    switch (frame.type) {
      case 'archive':
        this.#leave();
        this.#current = this.#enter(frame.name);
        break;
      case 'manifest':
        this.#leave();
        this.#current = 'manifest';
        this.#manifest = true;
        break;
      case 'data':
        if (this.#current !== 'manifest') return this.#current?.push(frame.parts) ?? [];
        return this.#name === MANIFEST ? frame.parts : [];
      case 'end':
        this.#leave();
        break;
      default: // says nothing about contents
    }
    return [];
  }

  /** Nothing more comes. Throws BackupError if the part has not come. */
  end(): void {
    this.#wal?.end();
    const found = this.#name === MANIFEST ? this.#manifest : this.#archives.some((archive) => archive.found);
    if (!found) throw this.#notFound();
  }

  #enter(name: string): PartOfArchive {
    const isWal = parseArchiveName(name)?.kind === 'wal';
    if (isWal && this.#wal !== undefined) return this.#wal;
    const archive = new PartOfArchive(name, this.#name);
    this.#archives.push(archive);
    if (isWal) this.#wal = archive;
    return archive;
  }

  #leave(): void {
    const left = this.#current;
    this.#current = undefined;
    if (left !== 'manifest' && left !== this.#wal) left?.end();
  }

  #notFound(): BackupError {
    return new BackupError(`there is no archive or file "${this.#name}" in the backup`, {
      detail: `Its archives are: ${this.#archives.map(({ name }) => name).join(', ')}.`,
    });
  }
}
