/**
 * The files of a backup in tar format while they are written: one an archive, named like it, and the manifest.
 * WAL that is streamed beside the backup comes in turns with the rest, so its file stays open to the end.
 */

import assert from 'node:assert';
import { StagedFile } from '../store/staged-file.ts';
import { MANIFEST, parseArchiveName } from '../stream/archive-name.ts';
import type { ArchiveFrame } from '../stream/frame.ts';
import { Turns } from '../stream/turns.ts';
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
  readonly #turns = new Turns<StagedFile>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** WAL may be interrupted by other archives and go on; the rest is finished when the next begins. */
  beginArchive({ name }: ArchiveFrame): void {
    const archive = parseArchiveName(name);
    assert(archive !== undefined, `invalid archive name "${name}"`);
    this.#turns.leave()?.close();
    if (this.#turns.resume(name) !== undefined) return;
    const tar = archive.compression === undefined ? new TarReader(name) : undefined;
    this.#archives.set(name, this.#turns.begin(name, new StagedFile(this.#directory, name, tar)));
  }

  beginManifest(): void {
    this.#turns.leave()?.close();
    this.#manifest = this.#turns.begin(MANIFEST, new StagedFile(this.#directory, MANIFEST));
  }

  write(parts: readonly Buffer[]): void {
    assert(this.#turns.current !== undefined, 'contents of nothing');
    this.#turns.current.write(parts);
  }

  close(): void {
    for (const file of this.#all()) file.close();
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

  *#all(): Generator<StagedFile, void, undefined> {
    if (this.#manifest !== undefined) yield this.#manifest;
    yield* this.#archives.values();
  }
}
