/** Reads a backup from frames, and looks into archives that are compressed: frames in, what was found of it out. */

import { TroubleError } from '../../errors/trouble.ts';
import { ArchiveContents } from '../../filter/archive-contents.ts';
import type { ChecksumAlgorithm } from '../../manifest/checksum.ts';
import { ManifestParser } from '../../manifest/parse.ts';
import { backupStart } from '../../manifest/wal-ranges.ts';
import { isBlockSize } from '../../page/page-checker.ts';
import { parseArchiveName } from '../../stream/archive-name.ts';
import type { BackupHead, Frame, Position } from '../../stream/frame.ts';
import type { FoundBackup, FoundName } from '../records/found-backup.ts';
import { Manifest } from '../records/manifest.ts';
import type { Verification } from '../shared/verification.ts';
import { StoredWal } from '../wal/stored-wal.ts';
import { ArchiveBackup } from './archive-backup.ts';
import { ArchiveMembers } from './archive-members.ts';
import { StreamedFiles } from './streamed-files.ts';

/** What there is to know besides. */
export interface StreamOptions {
  /** That of a manifest that is not known yet. */
  readonly algorithm: ChecksumAlgorithm;
  /** A manifest to take instead of the one in the backup. */
  readonly manifest: Manifest | undefined;
  /** A directory or a tar of WAL to take instead of the WAL in the backup. */
  readonly wal: string | undefined;
  /** What was found beside the archives. */
  readonly strays?: readonly FoundName[];
}

/** An archive that has not ended. */
interface OpenArchive {
  readonly members: ArchiveMembers;
  readonly contents: ArchiveContents;
}

/** Takes frames, and has a backup when all have come. To be closed after use. */
export class StreamReader {
  readonly #options: StreamOptions;
  readonly #verification: Verification;
  readonly #manifest = new Manifest();
  readonly #parser = new ManifestParser(this.#manifest);
  readonly #open = new Map<string, OpenArchive>();
  readonly #tablespaceArchives = new Map<number, string>();
  /** Undefined of what is no stream. */
  #head: BackupHead | undefined;
  #files: StreamedFiles | undefined;
  /** What contents belong to; undefined in the manifest. */
  #current: OpenArchive | undefined;
  #hasManifest = false;
  #stop: Position | undefined;

  constructor(options: StreamOptions, verification: Verification) {
    this.#options = options;
    this.#verification = verification;
  }

  /** Throws BackupError for an archive or a manifest that is damaged. */
  async frame(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'copy':
        this.#head = frame.head;
        break;
      case 'archive':
        if (!frame.resumed) await this.#begin(frame.name, frame.location);
        this.#current = this.#open.get(frame.name);
        break;
      case 'archive-end':
        await this.#end(frame.name);
        break;
      case 'manifest':
        this.#current = undefined;
        this.#hasManifest = true;
        break;
      case 'data':
        if (this.#current !== undefined) await this.#current.contents.push(frame.parts);
        else for (const part of frame.parts) this.#parser.push(part);
        break;
      case 'stop':
        this.#stop = frame;
        break;
      default: // says nothing about the backup
    }
  }

  /** Throws BackupError for a manifest that is not whole, TroubleError if there is none. */
  end(): { readonly backup: FoundBackup; readonly manifest: Manifest } {
    const { wal } = this.#options;
    const manifest = this.#wholeManifest();
    const files = this.#filesBegun();
    const { parameters = new Map(), start } = this.#head ?? {};
    const stream = { parameters, start, stop: this.#stop };
    const found = wal === undefined ? files.wal : new StoredWal(wal);
    return { backup: new ArchiveBackup(files, found, stream, this.#tablespaceArchives), manifest };
  }

  /** Lets go of archives that did not end. */
  close(): void {
    for (const { contents } of this.#open.values()) contents.close();
  }

  async #begin(name: string, location: string): Promise<void> {
    const { kind, oid } = parseArchiveName(name) ?? {};
    const files = this.#filesBegun();
    if (oid !== undefined) this.#tablespaceArchives.set(oid, location);
    if (kind !== 'tablespace') files.wal.beginArchive();
    const members = new ArchiveMembers(name, files);
    const contents = await ArchiveContents.open(name, (bytes) => members.push(bytes));
    this.#open.set(name, { members, contents });
  }

  async #end(name: string): Promise<void> {
    const archive = this.#open.get(name);
    if (archive === undefined) return;
    await archive.contents.end();
    archive.members.end();
    this.#open.delete(name);
  }

  /** The files, with what is known when the first archive begins. */
  #filesBegun(): StreamedFiles {
    if (this.#files !== undefined) return this.#files;
    const { algorithm, manifest, strays = [] } = this.#options;
    const { parameters, start } = this.#head ?? {};
    const blockBytes = Number(parameters?.get('block_size'));
    const beginning = {
      start:
        start === undefined
          ? backupStart(manifest?.ranges ?? [])
          : { start: start.lsn, timeline: start.timeline },
      blockBytes: isBlockSize(blockBytes) ? blockBytes : undefined,
      algorithmOf: (path: string) => manifest?.files.get(path)?.algorithm ?? algorithm,
    };
    this.#files = new StreamedFiles(beginning, this.#verification);
    for (const stray of strays) this.#files.found(stray);
    return this.#files;
  }

  #wholeManifest(): Manifest {
    const { manifest } = this.#options;
    if (this.#hasManifest) this.#parser.end();
    else if (manifest === undefined)
      throw new TroubleError('could not verify the backup: it has no manifest');
    return manifest ?? this.#manifest;
  }
}
