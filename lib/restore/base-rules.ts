/**
 * The rules for base.tar, the archive of the data directory:
 *
 *   tablespace_map     must name the tablespaces that were listed, and is left out where links are made to them, as
 *                      pg_basebackup -Fp has it: beside links it would count for more than they do
 *   global/pg_control  keeps a temporary name until all is done, so that no server starts from a part
 *   backup_manifest    is refused: the server leaves it out, since it would be that of an older backup
 *   pg_tblspc/OID      may be a link to a listed location, as a server sends that was not asked for tablespace_map
 *
 * The links in pg_tblspc are made from the list (extraction.ts), so that here none has to be.
 */

import { randomBytes } from 'node:crypto';
import { BackupError } from '../errors/backup-error.ts';
import { PARTIAL_SUFFIX } from '../io/new-file.ts';
import type { FileChange } from '../manifest/entry.ts';
import { CONTROL_FILE, TABLESPACE_MAP } from '../postgres/data-directory.ts';
import { RequiredFiles } from '../postgres/required-files.ts';
import { insistOnAgreement, parseTablespaceMap } from '../postgres/tablespace-map.ts';
import type { ContentsSink, FileWriter } from '../store/file-writer.ts';
import { BASE_ARCHIVE, MANIFEST } from '../stream/archive-name.ts';
import type { Member } from '../tar/member.ts';
import { HeldContents } from './held-file.ts';
import { type Rules, unexpectedLink } from './rules.ts';
import type { TablespaceTarget } from './tablespace-targets.ts';

const RANDOM_BYTES = 8;

const NOWHERE: ContentsSink = { push() {}, end() {} };
const GROUP_ACCESS = 0o050;
const DIRECTORY_OF_GROUP_ACCESS = 'global';

/** Files that must not come as directories, which would not collide with them: they are left out, or renamed. */
const FILES = [MANIFEST, TABLESPACE_MAP, CONTROL_FILE];

/** The end of temporary names. It is random, so that no member of the archive can have such a name. */
export function temporarySuffix(): string {
  return `.${randomBytes(RANDOM_BYTES).toString('hex')}${PARTIAL_SUFFIX}`;
}

/** Follows the members of base.tar. */
export class BaseRules implements Rules {
  readonly #changes: FileChange[] = [];
  #groupAccess = false;
  readonly #tablespaces: ReadonlyMap<number, TablespaceTarget>;
  readonly #linked: boolean;
  readonly #suffix: string;
  readonly #required = new RequiredFiles([CONTROL_FILE]);

  /** `linked` says whether there will be links to the tablespaces, `suffix` is that of temporary names. */
  constructor(
    tablespaces: readonly TablespaceTarget[],
    { linked, suffix }: { linked: boolean; suffix: string },
  ) {
    this.#linked = linked;
    this.#suffix = suffix;
    this.#tablespaces = new Map(
      tablespaces.filter(({ inMap }) => inMap).map((tablespace) => [tablespace.oid, tablespace]),
    );
  }

  /** What was left out, for the manifest. */
  get changes(): readonly FileChange[] {
    return this.#changes;
  }

  /** Whether the server's directories can be read by its group. */
  get groupAccess(): boolean {
    return this.#groupAccess;
  }

  see(path: string, { kind, mode, linkTarget = '' }: Member): void {
    switch (kind) {
      case 'file':
        insistOnFiles(path);
        if (path === MANIFEST)
          throw new BackupError(`unexpected file "${path}" in archive "${BASE_ARCHIVE}"`);
        this.#required.see(path);
        break;
      case 'directory':
        insistOnFiles(`${path}/`);
        if (path === DIRECTORY_OF_GROUP_ACCESS) this.#groupAccess = (mode & GROUP_ACCESS) === GROUP_ACCESS;
        break;
      case 'symlink':
        this.#insistOnKnown(path, linkTarget);
        break;
    }
  }

  fileName(path: string): string | undefined {
    if (path === TABLESPACE_MAP && this.#linked) return undefined;
    return path === CONTROL_FILE ? `${path}${this.#suffix}` : path;
  }

  leftOut(path: string): ContentsSink | undefined {
    if (path === CONTROL_FILE) return this.#controlFile(NOWHERE);
    if (path !== TABLESPACE_MAP || !this.#linked) return undefined;
    if (this.#changes.length > 0)
      throw new BackupError(`file "${path}" is in archive "${BASE_ARCHIVE}" twice`);
    return new HeldContents(NOWHERE, (contents) => {
      this.#check(contents);
      this.#changes.push({ path, before: contents, after: undefined });
      return contents;
    });
  }

  contents(path: string, file: FileWriter): ContentsSink {
    if (path === CONTROL_FILE) return this.#controlFile(file);
    if (path !== TABLESPACE_MAP) return file;
    return new HeldContents(file, (contents) => {
      this.#check(contents);
      return contents;
    });
  }

  makesDirectory(): boolean {
    return true;
  }

  /** Throws BackupError if base.tar lacks what it must have. */
  insistOnComplete(): void {
    this.#required.insistOn(BASE_ARCHIVE);
  }

  #controlFile(file: ContentsSink): ContentsSink {
    return new HeldContents(file, (contents) => {
      this.#required.seeControl(contents);
      return contents;
    });
  }

  /** A link is not made here, and must be one that will be made. */
  #insistOnKnown(path: string, target: string): void {
    const oid = Number(/^pg_tblspc\/([0-9]+)$/.exec(path)?.[1]);
    if (this.#tablespaces.get(oid)?.location !== target) throw unexpectedLink(BASE_ARCHIVE, path, target);
  }

  /** Of each tablespace there must be an archive, or something of the backup would be missing. */
  #check(map: Buffer): void {
    const listed = new Map([...this.#tablespaces.values()].map(({ oid, location }) => [oid, location]));
    insistOnAgreement(parseTablespaceMap(map), listed);
  }
}

/** Throws BackupError for a path in one of the files, or for a directory (with a slash) in place of one. */
function insistOnFiles(path: string): void {
  for (const file of FILES) {
    if (path.startsWith(file) && path.charAt(file.length) === '/')
      throw new BackupError(`"${file}" is a directory in archive "${BASE_ARCHIVE}"`);
  }
}
