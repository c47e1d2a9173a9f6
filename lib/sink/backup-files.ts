/**
 * The files of a backup in tar format while they are written: one an archive, named like it, and the manifest.
 * The file of WAL that is streamed beside the backup stays open to the end, since it may be interrupted by the others.
 */

import assert from 'node:assert';
import { StagedFile } from '../store/staged-file.ts';
import { MANIFEST, parseArchiveName } from '../stream/archive-name.ts';
import type { ArchiveFrame } from '../stream/frame.ts';
import { TarReader } from '../tar/reader.ts';
import type { Receiver } from './receive.ts';

/** What was written. */
export interface FilesSummary {
  readonly archives: readonly { readonly name: string; readonly bytes: number }[];
  /** Undefined if the backup has no manifest. */
  readonly manifestBytes: number | undefined;
  /** Of all files. */
  readonly bytes: number;
}

/** The files of one backup. */
export class BackupFiles implements Receiver {
  readonly #directory: string;
  readonly #archives = new Map<string, StagedFile>();
  #manifest: StagedFile | undefined;
  /** What contents belong to. */
  #current: StagedFile | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  beginArchive({ name, resumed }: ArchiveFrame): void {
    if (!resumed) this.#archives.set(name, this.#openArchive(name));
    this.#current = this.#archives.get(name);
  }

  endArchive(name: string): void {
    this.#archives.get(name)?.close();
  }

  beginManifest(): void {
    this.#manifest = new StagedFile(this.#directory, MANIFEST);
    this.#current = this.#manifest;
  }

  endManifest(): void {
    this.#manifest?.close();
  }

  push(parts: readonly Buffer[]): void {
    assert(this.#current !== undefined, 'contents of nothing');
    this.#current.write(parts);
  }

  /** Where the files are now. */
  *paths(): Generator<string, void, undefined> {
    for (const file of this.#all()) yield file.path;
  }

  putArchivesInPlace(): void {
    for (const file of this.#archives.values()) file.putInPlace();
  }

  putManifestInPlace(): void {
    this.#manifest?.putInPlace();
  }

  abandon(): void {
    for (const file of this.#all()) file.abandon();
  }

  /** The steps that undo all: the manifest goes first, so that what is left never looks complete. */
  removals(): (() => void)[] {
    return [...this.#all()].map((file) => () => file.remove());
  }

  summary(): FilesSummary {
    const archives = [...this.#archives.values()].map(({ name, bytes }) => ({ name, bytes }));
    const manifestBytes = this.#manifest?.bytes;
    const bytes = archives.reduce((sum, archive) => sum + archive.bytes, manifestBytes ?? 0);
    return { archives, manifestBytes, bytes };
  }

  #openArchive(name: string): StagedFile {
    const archive = parseArchiveName(name);
    assert(archive !== undefined, `invalid archive name "${name}"`);
    const tar = archive.compression === undefined ? new TarReader(name) : undefined;
    return new StagedFile(this.#directory, name, tar);
  }

  *#all(): Generator<StagedFile, void, undefined> {
    if (this.#manifest !== undefined) yield this.#manifest;
    yield* this.#archives.values();
  }
}
