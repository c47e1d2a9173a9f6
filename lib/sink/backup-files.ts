/**
 * The files of a backup in tar format while they are written: one an archive, named like it, and the manifest.
 * The file of WAL that is streamed beside the backup stays open to the end, since it may be interrupted by the others.
 */

import assert from 'node:assert';
import { join } from 'node:path';
import { StagedFile } from '../store/staged-file.ts';
import { MANIFEST } from '../stream/archive-name.ts';
import type { ArchiveFrame } from '../stream/frame.ts';
import type { Receiver } from './receive.ts';
import { WholeArchive } from './whole-archive.ts';

/** What was written. */
export interface FilesSummary {
  readonly archives: readonly { readonly name: string; readonly bytes: number }[];
  /** Undefined if the backup has no manifest. */
  readonly manifestBytes: number | undefined;
  /** Of all files. */
  readonly bytes: number;
}

/** The file of an archive, which is read along as it is written. */
class ArchiveFile extends StagedFile {
  readonly #whole: WholeArchive;

  constructor(directory: string, name: string) {
    super(join(directory, name));
    this.#whole = new WholeArchive(name);
  }

  override push(parts: readonly Buffer[]): void {
    this.#whole.push(parts);
    super.push(parts);
  }

  override end(): void {
    this.#whole.end();
    super.end();
  }
}

/** The files of one backup. */
export class BackupFiles implements Receiver {
  readonly #directory: string;
  readonly #archives = new Map<string, ArchiveFile>();
  #manifest: StagedFile | undefined;
  /** What contents belong to. */
  #current: StagedFile | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  beginArchive({ name, resumed }: ArchiveFrame): void {
    if (!resumed) this.#archives.set(name, new ArchiveFile(this.#directory, name));
    this.#current = this.#archives.get(name);
  }

  endArchive(name: string): void {
    this.#archives.get(name)?.end();
  }

  beginManifest(): void {
    this.#manifest = new StagedFile(join(this.#directory, MANIFEST));
    this.#current = this.#manifest;
  }

  endManifest(): void {
    this.#manifest?.end();
  }

  push(parts: readonly Buffer[]): void {
    assert(this.#current !== undefined, 'contents of nothing');
    this.#current.push(parts);
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
    const archives = [...this.#archives].map(([name, { bytes }]) => ({ name, bytes }));
    const manifestBytes = this.#manifest?.bytes;
    const bytes = archives.reduce((sum, archive) => sum + archive.bytes, manifestBytes ?? 0);
    return { archives, manifestBytes, bytes };
  }

  *#all(): Generator<StagedFile, void, undefined> {
    if (this.#manifest !== undefined) yield this.#manifest;
    yield* this.#archives.values();
  }
}
