/**
 * One archive of the newest backup, for a result that is a stream: its bytes in; its members go into the plan of the
 * archive of the same name, and their bytes into the spool.
 *
 * The members that the server puts first and last (perform_base_backup() in src/backend/backup/basebackup.c) are kept
 * apart: backup_label and tablespace_map, which are made anew; pg_control, and WAL after it. A backup that was a data
 * directory has links in pg_tblspc instead of a map; they are left out, as by a server that sends a map.
 */

import { BackupError } from '../errors/backup-error.ts';
import { BACKUP_LABEL, CONTROL_FILE, TABLESPACE_MAP, WAL_DIRECTORY } from '../postgres/data-directory.ts';
import { MAX_TABLESPACE_MAP_BYTES } from '../postgres/tablespace-map.ts';
import type { ContentsSink } from '../store/file-writer.ts';
import { memberPrefix, parseArchiveName } from '../stream/archive-name.ts';
import type { Member } from '../tar/member.ts';
import { TarReader } from '../tar/reader.ts';
import { safePath } from '../tar/safe-path.ts';
import { writeNewest } from './fill.ts';
import { wholePath } from './incremental-path.ts';
import { KEPT_FILES, type KeptFiles } from './kept-files.ts';
import type { PlannedArchive, PlannedMember } from './planned-archive.ts';
import { RebuiltFile } from './rebuilt-file.ts';
import type { CombineSpool } from './spool.ts';
import { SpooledPages } from './spooled-pages.ts';

/** The files that are kept of the newest backup. */
export const KEPT_OF_NEWEST = { ...KEPT_FILES, [TABLESPACE_MAP]: MAX_TABLESPACE_MAP_BYTES };

const MADE_ANEW: readonly string[] = [BACKUP_LABEL, TABLESPACE_MAP];
const TABLESPACE_LINK = /^pg_tblspc\/[0-9]+$/;

/** What the archives of a backup share. */
export interface SpooledParts {
  readonly place: string;
  readonly spool: CombineSpool;
  readonly kept: KeptFiles;
  /** Gets the members that are made anew, by their paths. */
  readonly made: Map<string, Member>;
  /** Gets the files that are rebuilt, by their paths in the data directory. */
  readonly rebuilt: Map<string, RebuiltFile<SpooledPages>>;
}

/** Reads one archive. */
export class SpooledArchive implements ContentsSink {
  readonly #plan: PlannedArchive;
  readonly #parts: SpooledParts;
  readonly #prefix: string;
  readonly #reader: TarReader;
  /** What takes the contents of the current member; nothing does if it is left out. */
  #contents: ContentsSink | undefined;
  /** Whether the current member goes into the spool as it is. */
  #asItIs = false;

  constructor(plan: PlannedArchive, parts: SpooledParts) {
    this.#plan = plan;
    this.#parts = parts;
    const archive = parseArchiveName(plan.name);
    this.#prefix = archive === undefined ? '' : memberPrefix(archive);
    this.#reader = new TarReader(plan.name);
  }

  push(parts: readonly Buffer[]): void {
    for (const part of parts)
      for (const chunk of this.#reader.push(part)) {
        if (chunk.type === 'end') continue;
        if (chunk.type === 'header') this.#begin(chunk.member, chunk.bytes);
        else if (this.#asItIs) this.#parts.spool.append(chunk.bytes);
        if (chunk.type === 'contents') this.#contents?.push([chunk.bytes]);
        else if (chunk.type === 'trailer') this.#contents?.end();
      }
  }

  end(): void {
    this.#reader.end();
  }

  #begin(member: Member, header: Buffer): void {
    const path = this.#prefix + safePath(this.#plan.name, member.path);
    const whole = member.kind === 'file' ? wholePath(path) : undefined;
    this.#contents = member.kind === 'file' ? this.#parts.kept.sink(path, member.size) : undefined;
    this.#asItIs = false;
    if (member.kind === 'symlink' && TABLESPACE_LINK.test(path)) return;
    if (MADE_ANEW.includes(path)) this.#parts.made.set(path, member);
    else if (whole !== undefined) this.#rebuild(path, whole, member);
    else this.#spoolMember(path, member, header);
  }

  #spoolMember(path: string, { kind, size }: Member, header: Buffer): void {
    const offset = this.#parts.spool.append(header);
    this.#asItIs = true;
    const planned: PlannedMember = { kind: 'spooled', path, offset, headerBytes: header.length, size };
    if (path === CONTROL_FILE) this.#plan.last.unshift(planned);
    else if (kind === 'file' && path.startsWith(`${WAL_DIRECTORY}/`)) this.#plan.last.push(planned);
    else this.#add(path, planned);
  }

  #rebuild(path: string, whole: string, member: Member): void {
    const { place, spool, rebuilt } = this.#parts;
    const subject = `file "${path}" of backup at "${place}"`;
    const file = new RebuiltFile(subject, new SpooledPages(spool));
    const inArchive = whole.slice(this.#prefix.length);
    this.#add(whole, { kind: 'rebuilt', path: whole, member: { ...member, path: inArchive }, file });
    rebuilt.set(whole, file);
    this.#contents = writeNewest(file, subject, member.size);
  }

  #add(path: string, planned: PlannedMember): void {
    if (this.#plan.members.has(path))
      throw new BackupError(`file "${path}" is in backup at "${this.#parts.place}" twice`);
    this.#plan.members.set(path, planned);
  }
}
