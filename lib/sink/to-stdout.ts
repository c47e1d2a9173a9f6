/**
 * One part of a backup to an output: an archive, the manifest, or a file in an archive, by its path in the data
 * directory. It goes out as it comes, and the rest of the backup is read after it: only when the end has been read is
 * it known that what went out is good.
 */

import { BackupError } from '../errors/backup-error.ts';
import { decompressArchives } from '../filter/decompress.ts';
import type { Output } from '../io/output.ts';
import { isFilePart, MANIFEST } from '../stream/archive-name.ts';
import type { ArchiveFrame, Frame } from '../stream/frame.ts';
import { PartOfArchive } from './part-of-archive.ts';
import { type Receiver, receive } from './receive.ts';

/**
 * Reads the backup to its end and writes the part. Throws BackupError if the backup is not good or has no such part,
 * and what the output throws.
 */
export async function writePart(
  frames: AsyncIterable<Frame>,
  name: string,
  output: Pick<Output, 'write'>,
): Promise<void> {
  const search = new Search(name, output);
  await receive(isFilePart(name) ? decompressArchives()(frames) : frames, search);
  search.insistOnFound();
}

/** Looks for the part in all that comes. */
class Search implements Receiver {
  readonly #name: string;
  readonly #output: Pick<Output, 'write'>;
  /** Archives by their names. */
  readonly #archives = new Map<string, PartOfArchive>();
  /** What of the part is in contents that come. */
  #find: (parts: readonly Buffer[]) => readonly Buffer[] = () => [];
  #manifest = false;

  constructor(name: string, output: Pick<Output, 'write'>) {
    this.#name = name;
    this.#output = output;
  }

  beginArchive({ name, resumed }: ArchiveFrame): void {
    if (!resumed) this.#archives.set(name, new PartOfArchive(name, this.#name));
    const archive = this.#archives.get(name);
    this.#find = (parts) => archive?.push(parts) ?? [];
  }

  endArchive(name: string): void {
    this.#archives.get(name)?.end();
  }

  beginManifest(): void {
    this.#manifest = true;
    this.#find = (parts) => (this.#name === MANIFEST ? parts : []);
  }

  endManifest(): void {}

  async push(parts: readonly Buffer[]): Promise<void> {
    const pieces = this.#find(parts);
    if (pieces.length > 0) await this.#output.write(pieces);
  }

  /** Nothing more comes. Throws BackupError if the part has not come. */
  insistOnFound(): void {
    const archives = [...this.#archives.values()];
    if (this.#name === MANIFEST ? this.#manifest : archives.some(({ found }) => found)) return;
    throw new BackupError(`there is no archive or file "${this.#name}" in the backup`, {
      detail: `Its archives are: ${archives.map(({ name }) => name).join(', ')}.`,
    });
  }
}
