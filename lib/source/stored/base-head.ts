/**
 * The head of base.tar, which must be known before any archive is passed on: a file in, the contents of its first
 * members out. The server sends backup_label first and tablespace_map second (perform_base_backup() in
 * src/backend/backup/basebackup.c), so no more than the beginning of the file is read. Where tablespaces
 * are links, in the backup of a stopped server or of a data directory, pg_tblspc and the links come in place of the map;
 * that of a stopped server has no label before them.
 */

import { convertBytes } from '../../compress/convert-bytes.ts';
import { openDecompressor } from '../../compress/decompressor.ts';
import { BackupError } from '../../errors/backup-error.ts';
import { type BackupLabel, parseBackupLabel } from '../../postgres/backup-label.ts';
import { BACKUP_LABEL, TABLESPACE_MAP, TABLESPACES_DIRECTORY } from '../../postgres/data-directory.ts';
import {
  MAX_TABLESPACE_MAP_BYTES,
  parseTablespaceMap,
  type TablespaceMap,
} from '../../postgres/tablespace-map.ts';
import type { Member } from '../../tar/member.ts';
import { type TarChunk, TarReader } from '../../tar/reader.ts';
import { safePath } from '../../tar/safe-path.ts';
import type { ArchiveFile } from './archives.ts';

/** What the first members say. */
export interface BaseHead {
  /** Undefined if the server was stopped. */
  readonly label: BackupLabel | undefined;
  /** Locations by OID, from the map or from links. */
  readonly tablespaces: TablespaceMap;
}

const HEAD_MEMBERS: readonly string[] = [BACKUP_LABEL, TABLESPACE_MAP];
const TABLESPACE_LINK = /^pg_tblspc\/([1-9][0-9]{0,9})$/;

/** Reads the head. Throws BackupError if base.tar does not begin with backup_label, or is damaged so far. */
export async function readBaseHead(base: ArchiveFile, signal: AbortSignal): Promise<BaseHead> {
  const head = new HeadMembers(base.name);
  const reader = new TarReader(base.name);
  for await (const bytes of openTar(base, signal)) {
    for (const chunk of reader.push(bytes)) head.add(chunk);
    if (head.ended) break;
  }
  if (!head.ended) reader.end();
  const label = head.contents(BACKUP_LABEL);
  if (label === undefined && !head.hasLinks)
    throw new BackupError(`archive "${base.name}" does not begin with "${BACKUP_LABEL}"`, {
      detail: 'It is not a base backup, or it was made anew by another program.',
    });
  const map = head.contents(TABLESPACE_MAP);
  return {
    label: label === undefined ? undefined : parseBackupLabel(label),
    tablespaces: map === undefined ? head.links : parseTablespaceMap(map),
  };
}

/** The bytes of the tar in the file. */
function openTar(file: ArchiveFile, signal: AbortSignal): AsyncIterable<Buffer> {
  const { name, archive } = file;
  const { compression } = archive;
  const chunks = file.open(signal);
  if (compression === undefined) return chunks;
  return convertBytes(chunks, () => openDecompressor(compression, `archive "${name}"`));
}

/** Keeps the contents of the first members. */
class HeadMembers {
  readonly #archive: string;
  readonly #members = new Map<string, Buffer[]>();
  /** By OID; undefined if their directory is not in the head. */
  #links: Map<number, string> | undefined;
  #current: Buffer[] = [];
  #ended = false;

  constructor(archive: string) {
    this.#archive = archive;
  }

  /** Whether a member has come that does not belong to the head, or the end of the archive. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether links stand in place of label and map. */
  get hasLinks(): boolean {
    return this.#links !== undefined;
  }

  get links(): TablespaceMap {
    return this.#links ?? new Map();
  }

  add(chunk: TarChunk): void {
    if (this.#ended) return;
    if (chunk.type === 'contents') this.#current.push(Buffer.from(chunk.bytes));
    else if (chunk.type === 'end') this.#ended = true;
    else if (chunk.type === 'header') this.#begin(chunk.member);
  }

  contents(path: string): Buffer | undefined {
    const pieces = this.#members.get(path);
    return pieces === undefined ? undefined : Buffer.concat(pieces);
  }

  #begin(member: Member): void {
    const name = safePath(this.#archive, member.path);
    if (this.#links !== undefined) this.#link(name, member);
    else if (member.kind === 'directory' && name === TABLESPACES_DIRECTORY) this.#links = new Map();
    else this.#file(name, member);
  }

  #link(name: string, { kind, linkTarget = '' }: Member): void {
    const oid = TABLESPACE_LINK.exec(name)?.[1];
    if (kind === 'symlink' && oid !== undefined) this.#links?.set(Number(oid), linkTarget);
    else this.#ended = true;
  }

  #file(name: string, { kind, size }: Member): void {
    this.#ended = kind !== 'file' || !HEAD_MEMBERS.includes(name) || this.#members.has(name);
    if (this.#ended) return;
    if (size > MAX_TABLESPACE_MAP_BYTES)
      throw new BackupError(`file "${name}" in archive "${this.#archive}" is too large`, {
        detail: `It has ${size} bytes.`,
      });
    this.#current = [];
    this.#members.set(name, this.#current);
  }
}
