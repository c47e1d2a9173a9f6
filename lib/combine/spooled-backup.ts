/**
 * The newest backup of the chain, for a result that is a stream: its frames in; then there are plans of the archives of
 * the result, and all that is needed of the backup is in the spool.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { NewEntry } from '../manifest/rewrite.ts';
import { type BackupLabel, parseBackupLabel, withoutPrevious } from '../postgres/backup-label.ts';
import { type ControlFile, parseControlFile } from '../postgres/control-file.ts';
import { BACKUP_LABEL, CONTROL_FILE, TABLESPACE_MAP } from '../postgres/data-directory.ts';
import { formatTablespaceMap, insistOnAgreement, parseTablespaceMap } from '../postgres/tablespace-map.ts';
import type { ContentsSink } from '../store/file-writer.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import type { BackupHead, Frame, Position } from '../stream/frame.ts';
import { isInPlace, tablespacesOf } from '../tablespaces/tablespace.ts';
import { paddingBytes } from '../tar/member.ts';
import { memberHeader } from '../tar/writer.ts';
import { KeptFiles } from './kept-files.ts';
import type { NewFiles } from './new-manifest.ts';
import { type MadeMember, PlannedArchive } from './planned-archive.ts';
import type { RebuiltFile } from './rebuilt-file.ts';
import type { CombineSpool } from './spool.ts';
import { KEPT_OF_NEWEST, SpooledArchive, type SpooledParts } from './spooled-archive.ts';
import { SpooledPages } from './spooled-pages.ts';

const NO_HEAD: BackupHead = {
  parameters: new Map(),
  start: { lsn: 0n, timeline: 0 },
  tablespaces: [{ oid: null, location: null, kilobytes: null }],
};

/** Reads it. */
export class SpooledBackup implements NewFiles {
  /** By their names, in the order in which they came. */
  readonly archives = new Map<string, PlannedArchive>();
  readonly rebuilt = new Map<string, RebuiltFile<SpooledPages>>();
  readonly entries = new Map<string, NewEntry>();
  readonly #parts: SpooledParts;
  readonly #manifest: Buffer[] = [];
  #head: BackupHead = NO_HEAD;
  #stop: Position | undefined;
  #wal: SpooledWal | undefined;
  #addedMap: Buffer | undefined;
  #current: ContentsSink | undefined;

  constructor(place: string, spool: CombineSpool) {
    const kept = new KeptFiles(place, KEPT_OF_NEWEST);
    this.#parts = { place, spool, kept, made: new Map(), rebuilt: this.rebuilt };
  }

  /** What a stream says of the backup before its archives; a tar says nothing. */
  get head(): BackupHead {
    return this.#head;
  }

  get manifest(): Buffer {
    return Buffer.concat(this.#manifest);
  }

  /** Where the backup ends; a tar does not say that. */
  get stop(): Position | undefined {
    return this.#stop;
  }

  /** The contents of pg_wal.tar, if there is one. */
  get wal(): SpooledWal | undefined {
    return this.#wal;
  }

  /** Throws BackupError if there was none. */
  get label(): { readonly parsed: BackupLabel; readonly written: Buffer } {
    const contents = this.#parts.kept.contents(BACKUP_LABEL);
    return { parsed: parseBackupLabel(contents), written: withoutPrevious(contents) };
  }

  get control(): ControlFile {
    return parseControlFile(this.#parts.kept.contents(CONTROL_FILE));
  }

  get addedMap(): Buffer | undefined {
    return this.#addedMap;
  }

  /** Takes the next frame. */
  take(frame: Frame): void {
    switch (frame.type) {
      case 'copy':
        this.#head = frame.head;
        break;
      case 'archive':
        this.#current = this.#begin(frame.name, frame.location);
        break;
      case 'archive-end':
        if (parseArchiveName(frame.name)?.kind !== 'wal') this.#current?.end();
        break;
      case 'manifest':
        this.#current = {
          push: (parts) => this.#manifest.push(...parts.map((part) => Buffer.from(part))),
          end() {},
        };
        break;
      case 'data':
        this.#current?.push(frame.parts);
        break;
      case 'stop':
        this.#stop = { lsn: frame.lsn, timeline: frame.timeline };
        break;
      case 'end':
        this.#makeFirst();
        break;
    }
  }

  #begin(name: string, location: string): ContentsSink {
    if (parseArchiveName(name)?.kind === 'wal') {
      this.#wal ??= new SpooledWal(name, new SpooledPages(this.#parts.spool));
      return this.#wal;
    }
    const plan = new PlannedArchive(name, location);
    this.archives.set(name, plan);
    return new SpooledArchive(plan, this.#parts);
  }

  /** The label and the map, which must agree with the list of tablespaces. */
  #makeFirst(): void {
    const base = [...this.archives.values()].find(({ name }) => parseArchiveName(name)?.kind === 'base');
    if (base === undefined)
      throw new BackupError(`backup at "${this.#parts.place}" lacks archive "base.tar"`);
    const linked = tablespacesOf(this.#head).filter((tablespace) => !isInPlace(tablespace));
    const listed = new Map(linked.map(({ oid, location }) => [oid, location]));
    const found = this.#parts.kept.find(TABLESPACE_MAP);
    if (found !== undefined) insistOnAgreement(parseTablespaceMap(found), listed);
    else if (listed.size > 0) this.#addedMap = formatTablespaceMap(listed);
    base.first.push(...this.#made(BACKUP_LABEL, this.label.written));
    base.first.push(...this.#made(TABLESPACE_MAP, found ?? this.#addedMap));
  }

  /** The member, with the mode and time that it has in this backup, or that the label has. */
  #made(path: string, contents: Buffer | undefined): MadeMember[] {
    const { made } = this.#parts;
    const like = made.get(path) ?? made.get(BACKUP_LABEL);
    if (contents === undefined || like === undefined) return [];
    const header = memberHeader({ ...like, path, size: contents.length });
    return [
      { kind: 'made', bytes: Buffer.concat([header, contents, Buffer.alloc(paddingBytes(contents.length))]) },
    ];
  }
}

/** pg_wal.tar, which may come in parts. */
export class SpooledWal implements ContentsSink {
  readonly name: string;
  readonly #pages: SpooledPages;
  #bytes = 0;

  constructor(name: string, pages: SpooledPages) {
    this.name = name;
    this.#pages = pages;
  }

  push(parts: readonly Buffer[]): void {
    for (const bytes of parts) {
      this.#pages.write(this.#bytes, bytes);
      this.#bytes += bytes.length;
    }
  }

  end(): void {}

  /** All of it. */
  *read(): Generator<Buffer, void, undefined> {
    for (const { start, end, offset } of this.#pages.runs()) yield* this.#pages.read(offset, end - start);
  }
}
