/**
 * The files of a backup in tar format while they are written: one an archive, named like it, and the manifest.
 * The file of WAL that is streamed beside the backup stays open to the end, since it may be interrupted by the others.
 */

import assert from 'node:assert';
import type { NewBackup, NewFile } from '../store/place.ts';
import { MANIFEST, parseArchiveName } from '../stream/archive-name.ts';
import type { ArchiveFrame, BackupHead, ListedTablespace } from '../stream/frame.ts';
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
class ArchiveFile implements NewFile {
  readonly #file: NewFile;
  readonly #whole: WholeArchive;

  constructor(name: string, file: NewFile) {
    this.#file = file;
    this.#whole = new WholeArchive(name);
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  push(parts: readonly Buffer[]): void | Promise<void> {
    this.#whole.push(parts);
    return this.#file.push(parts);
  }

  end(): void | Promise<void> {
    this.#whole.end();
    return this.#file.end();
  }
}

/** The files of one backup. */
export class BackupFiles implements Receiver {
  readonly #backup: NewBackup;
  readonly #archives = new Map<string, NewFile>();
  #announced: readonly ListedTablespace[] = [];
  #manifest: NewFile | undefined;
  /** What contents belong to. */
  #current: NewFile | undefined;

  constructor(backup: NewBackup) {
    this.#backup = backup;
  }

  begin({ tablespaces }: BackupHead): void {
    this.#announced = tablespaces;
  }

  beginArchive({ name, resumed }: ArchiveFrame): void {
    if (!resumed) {
      const file = this.#backup.begin(name, this.#announcedBytes(name));
      this.#archives.set(name, new ArchiveFile(name, file));
    }
    this.#current = this.#archives.get(name);
  }

  endArchive(name: string): void | Promise<void> {
    return this.#archives.get(name)?.end();
  }

  beginManifest(): void {
    this.#manifest = this.#backup.begin(MANIFEST, undefined);
    this.#current = this.#manifest;
  }

  endManifest(): void | Promise<void> {
    return this.#manifest?.end();
  }

  push(parts: readonly Buffer[]): void | Promise<void> {
    assert(this.#current !== undefined, 'contents of nothing');
    return this.#current.push(parts);
  }

  summary(): FilesSummary {
    const archives = [...this.#archives].map(([name, { bytes }]) => ({ name, bytes }));
    const manifestBytes = this.#manifest?.bytes;
    const bytes = archives.reduce((sum, archive) => sum + archive.bytes, manifestBytes ?? 0);
    return { archives, manifestBytes, bytes };
  }

  /** What the server has said of the size; undefined if it was not asked, and for WAL. */
  #announcedBytes(name: string): number | undefined {
    const archive = parseArchiveName(name);
    if (archive === undefined || archive.kind === 'wal') return undefined;
    const kilobytes = this.#announced.find(({ oid }) => oid === (archive.oid ?? null))?.kilobytes;
    return typeof kilobytes === 'number' ? kilobytes * 1024 : undefined;
  }
}
