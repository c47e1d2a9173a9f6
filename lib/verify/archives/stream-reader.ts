/** Reads a backup from frames, and looks into archives that are compressed: frames in, what was found of it out. */

import { ZstdThreads } from '../../compress/zstd-threads.ts';
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
import { noteError, type Verification } from '../shared/verification.ts';
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
  readonly #found: (name: FoundName) => void;
  readonly #verification: Verification;
  readonly #manifest = new Manifest();
  readonly #parser = new ManifestParser(this.#manifest);
  readonly #open = new Map<string, OpenArchive>();
  readonly #threads = new ZstdThreads();
  readonly #tablespaceArchives = new Map<number, string>();
  /** Undefined of what is no stream. */
  #head: BackupHead | undefined;
  #files: StreamedFiles | undefined;
  /** What contents belong to; undefined in the manifest. */
  #current: OpenArchive | undefined;
  #hasManifest = false;
  #isManifestGood = true;
  #stop: Position | undefined;

  /** `found` is told of every name in the archives. */
  constructor(options: StreamOptions, found: (name: FoundName) => void, verification: Verification) {
    this.#options = options;
    this.#found = found;
    this.#verification = verification;
  }

  /** Throws BackupError for an archive that is damaged. */
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
        else for (const part of frame.parts) this.#parse((parser) => parser.push(part));
        break;
      case 'manifest-end':
        this.#parse((parser) => parser.end());
        break;
      case 'stop':
        this.#stop = frame;
        break;
      default: // says nothing about the backup
    }
  }

  /** The manifest that counts; undefined if one is damaged. Throws TroubleError if there is none. */
  end(): Manifest | undefined {
    const { manifest } = this.#options;
    if (manifest === undefined && !this.#hasManifest)
      throw new TroubleError('could not verify the backup: it has no manifest');
    return this.#isManifestGood ? (manifest ?? this.#manifest) : undefined;
  }

  /** What was found; everything has come. */
  get backup(): FoundBackup {
    const { wal } = this.#options;
    const files = this.#filesBegun();
    const { parameters = new Map(), start } = this.#head ?? {};
    const stream = { parameters, start, stop: this.#stop };
    const found = wal === undefined ? files.wal : new StoredWal(wal);
    return new ArchiveBackup(files, found, stream, this.#tablespaceArchives);
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
    const take = (parts: readonly Buffer[]) => {
      for (const part of parts) members.push(part);
    };
    const contents = await ArchiveContents.open(name, take, this.#threads);
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
    const { algorithm, manifest } = this.#options;
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
    this.#files = new StreamedFiles(beginning, this.#found, this.#verification);
    return this.#files;
  }

  /** Tells of a manifest that is damaged; nothing can be compared with it then. */
  #parse(act: (parser: ManifestParser) => void): void {
    if (!this.#isManifestGood) return;
    try {
      act(this.#parser);
    } catch (error) {
      noteError('manifest', 'manifest', error, this.#verification);
      this.#isManifestGood = false;
    }
  }
}
