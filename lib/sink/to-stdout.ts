/**
 * One part of a backup to an output: an archive, the manifest, or a file in an archive, by its path in the data
 * directory. It goes out as it comes, and the rest of the backup is read behind it: only when the end has been read is
 * it known that what went out is good.
 */

import { BackupError } from '../errors/backup-error.ts';
import { decompressArchives } from '../filter/decompress.ts';
import type { Output } from '../io/output.ts';
import { isFilePart, MANIFEST } from '../stream/archive-name.ts';
import type { Frame } from '../stream/frame.ts';
import { toTheEnd } from '../stream/to-the-end.ts';
import { Turns } from '../stream/turns.ts';
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
  for await (const frame of toTheEnd(isFilePart(name) ? decompressArchives(frames) : frames)) {
    const pieces = search.take(frame);
    if (pieces.length > 0) await output.write(pieces);
  }
  search.end();
}

/** Looks for the part in the frames. */
class Search {
  readonly #name: string;
  readonly #turns = new Turns<PartOfArchive | 'manifest'>();
  readonly #archives: PartOfArchive[] = [];
  #manifest = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** What of the part is in this frame. */
  take(frame: Frame): readonly Buffer[] {
    switch (frame.type) {
      case 'archive':
        this.#end(this.#turns.leave());
        if (this.#turns.resume(frame.name) === undefined) this.#begin(frame.name);
        break;
      case 'manifest':
        this.#end(this.#turns.leave());
        this.#turns.begin(MANIFEST, 'manifest');
        this.#manifest = true;
        break;
      case 'data':
        if (this.#turns.current !== 'manifest') return this.#turns.current?.push(frame.parts) ?? [];
        return this.#name === MANIFEST ? frame.parts : [];
      case 'end':
        this.#end(this.#turns.leave());
        break;
      default: // says nothing about contents
    }
    return [];
  }

  /** Nothing more comes. Throws BackupError if the part has not come. */
  end(): void {
    for (const left of this.#turns.finish()) this.#end(left);
    const found = this.#name === MANIFEST ? this.#manifest : this.#archives.some((archive) => archive.found);
    if (!found) throw this.#notFound();
  }

  #begin(name: string): void {
    const archive = new PartOfArchive(name, this.#name);
    this.#archives.push(archive);
    this.#turns.begin(name, archive);
  }

  #end(left: PartOfArchive | 'manifest' | undefined): void {
    if (left !== 'manifest') left?.end();
  }

  #notFound(): BackupError {
    return new BackupError(`there is no archive or file "${this.#name}" in the backup`, {
      detail: `Its archives are: ${this.#archives.map(({ name }) => name).join(', ')}.`,
    });
  }
}
