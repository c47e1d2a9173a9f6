/**
 * The rules for base.tar, the archive of the data directory:
 *
 *   tablespace_map     must name the tablespaces that were listed, and is rewritten for those that go elsewhere
 *   global/pg_control  keeps a temporary name until all is done, so that no server starts from a part
 *   backup_manifest    is refused: the server leaves it out, since it would be that of an older backup
 *   pg_tblspc/OID      may be a link to a listed location, as a server sends that was not asked for tablespace_map
 *
 * The links in pg_tblspc are made from the list (extraction.ts), so that here none has to be.
 */

import { MANIFEST } from '../../backup/archive.ts';
import { BackupError } from '../../backup/error.ts';
import {
  insistOnAgreement,
  parseTablespaceMap,
  relocateTablespaceMap,
  TABLESPACE_MAP,
} from '../../backup/tablespace-map.ts';
import type { FileEdit } from '../../manifest/entry.ts';
import type { ContentsSink, FileWriter } from './file.ts';
import { HeldContents } from './held.ts';
import type { Place } from './places.ts';
import { type Rules, unexpectedLink } from './rules.ts';

/** What marks a cluster that a server may be started from. */
export const CONTROL_FILE = 'global/pg_control';
/** Behind the name of a file that may only be there when all is done. */
export const PARTIAL_SUFFIX = '.partial';

const ARCHIVE = 'base.tar';
/** A data directory is none without these; without backup_label, recovery would begin at the wrong place. */
const REQUIRED = ['backup_label', 'PG_VERSION', CONTROL_FILE];
const GROUP_ACCESS = 0o050;
const DIRECTORY_OF_GROUP_ACCESS = 'global';

/** Follows the members of base.tar. */
export class BaseRules implements Rules {
  /** What was edited, for the manifest. */
  readonly edits: FileEdit[] = [];
  /** Whether the server's directories can be read by its group. */
  groupAccess = false;
  readonly #places: ReadonlyMap<number, Place>;
  readonly #missing = new Set(REQUIRED);

  constructor(places: readonly Place[]) {
    this.#places = new Map(places.filter(({ inMap }) => inMap).map((place) => [place.oid, place]));
  }

  fileName(path: string): string {
    if (path === MANIFEST) throw new BackupError(`unexpected file "${path}" in archive "${ARCHIVE}"`);
    this.#missing.delete(path);
    return path === CONTROL_FILE ? `${path}${PARTIAL_SUFFIX}` : path;
  }

  contents(path: string, file: FileWriter): ContentsSink {
    if (path !== TABLESPACE_MAP) return file;
    return new HeldContents(file, (contents) => this.#relocate(contents));
  }

  directory(path: string, mode: number): boolean {
    if (path === DIRECTORY_OF_GROUP_ACCESS) this.groupAccess = (mode & GROUP_ACCESS) === GROUP_ACCESS;
    return true;
  }

  link(path: string, target: string): void {
    const oid = Number(/^pg_tblspc\/([0-9]+)$/.exec(path)?.[1]);
    if (this.#places.get(oid)?.location !== target) throw unexpectedLink(ARCHIVE, path, target);
  }

  /** Throws BackupError if base.tar lacks what it must have. */
  insistOnComplete(): void {
    const [missing] = this.#missing;
    if (missing !== undefined) throw new BackupError(`archive "${ARCHIVE}" lacks file "${missing}"`);
  }

  /** Of each tablespace there must be an archive, or recovery would link to what is not there. */
  #relocate(contents: Buffer): Buffer {
    const places = [...this.#places.values()];
    const listed = new Map(places.map(({ oid, location }) => [oid, location]));
    insistOnAgreement(parseTablespaceMap(contents), listed);
    const linked = places.filter((place) => place.linked);
    const targets = new Map(linked.map(({ oid, directory }) => [oid, directory]));
    const after = relocateTablespaceMap(contents, targets);
    if (after !== contents) this.edits.push({ path: TABLESPACE_MAP, before: contents, after });
    return after;
  }
}
