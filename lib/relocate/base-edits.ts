/**
 * What is edited in base.tar: tablespace_map, which PostgreSQL makes the links in pg_tblspc anew from when recovery
 * begins; the links, which are there if the server was not asked for the map, or if a data directory was archived;
 * and the manifest, which is in a tar that pg_basebackup has written to standard output.
 *
 * The server sends the map as the second member (perform_base_backup() in src/backend/backup/basebackup.c). That is not
 * relied upon.
 */

import { BackupError } from '../errors/backup-error.ts';
import { TroubleError } from '../errors/trouble.ts';
import { editedLength, ManifestEditor } from '../manifest/edit.ts';
import type { FileEdit } from '../manifest/entry.ts';
import { TABLESPACE_MAP } from '../postgres/data-directory.ts';
import { MAX_TABLESPACE_MAP_BYTES } from '../postgres/tablespace-map.ts';
import { BASE_ARCHIVE, MANIFEST } from '../stream/archive-name.ts';
import type { MemberEdit, TarEdits } from '../tar/editor.ts';
import { MAX_LINK_TARGET_BYTES } from '../tar/header-edit.ts';
import type { Member } from '../tar/member.ts';
import { ReplacedFile, RetargetedLink, RewrittenFile } from '../tar/member-edits.ts';
import type { Locations } from './locations.ts';

const TABLESPACE_LINK = /^(?:\.\/)?pg_tblspc\/([1-9][0-9]{0,9})\/?$/;

/** Says what becomes of the members of base.tar. */
export class BaseEdits implements TarEdits {
  /** The files that have been edited, for the manifest. */
  readonly files: FileEdit[] = [];
  readonly #locations: Locations;
  readonly #seen = new Set<string>();

  constructor(locations: Locations) {
    this.#locations = locations;
  }

  /** Whether a file of the backup was edited whose entry in the manifest has not been. */
  get manifestMissed(): boolean {
    return this.files.length > 0 && !this.#seen.has(MANIFEST);
  }

  member(member: Member): MemberEdit | undefined {
    if (member.kind === 'symlink') return this.#link(member);
    if (member.kind === 'directory') return undefined;
    const path = member.path.startsWith('./') ? member.path.slice(2) : member.path;
    if (path === TABLESPACE_MAP) return this.#map(member);
    return path === MANIFEST ? this.#manifest(member) : undefined;
  }

  end(): void {
    this.#locations.end();
  }

  #link({ path, linkTarget: location = '' }: Member): MemberEdit | undefined {
    const oid = Number(TABLESPACE_LINK.exec(path)?.[1]);
    if (Number.isNaN(oid)) return undefined;
    const target = this.#locations.link({ oid, location });
    if (target === location) return undefined;
    if (Buffer.byteLength(target) <= MAX_LINK_TARGET_BYTES) return new RetargetedLink(target);
    throw new TroubleError(`could not move tablespace ${oid}: symbolic link target too long for tar format`, {
      detail: `A link in a tar has room for ${MAX_LINK_TARGET_BYTES} bytes.`,
      hint: 'Take the backup with tablespace_map, as bb-stream does.',
    });
  }

  #map({ size }: Member): MemberEdit {
    if (this.#seen.has(TABLESPACE_MAP)) {
      throw new BackupError(`archive "${BASE_ARCHIVE}" has file "${TABLESPACE_MAP}" twice`);
    }
    if (size > MAX_TABLESPACE_MAP_BYTES) {
      throw new BackupError(`file "${TABLESPACE_MAP}" has more than ${MAX_TABLESPACE_MAP_BYTES} bytes`);
    }
    this.#seen.add(TABLESPACE_MAP);
    return new ReplacedFile((before) => {
      const after = this.#locations.map(before);
      if (after !== before) this.#note({ path: TABLESPACE_MAP, before, after });
      return after;
    });
  }

  #note(edit: FileEdit): void {
    if (this.#seen.has(MANIFEST)) {
      throw new TroubleError(`could not edit the manifest: it stands before "${edit.path}" in the archive`, {
        hint: `Create the archive again, with "${MANIFEST}" after it.`,
      });
    }
    this.files.push(edit);
  }

  #manifest({ size }: Member): MemberEdit | undefined {
    this.#seen.add(MANIFEST);
    if (this.files.length === 0) return undefined;
    return new RewrittenFile(editedLength(size, this.files), new ManifestEditor(this.files));
  }
}
