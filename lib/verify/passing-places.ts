/**
 * What members of archives are besides files, and what is there twice: directories, which must not be missing, and links,
 * of which the server sends only those in pg_tblspc. In a restore the last of two members of one path wins, whichever
 * the manifest means.
 */

import type { TablespaceMap } from '../postgres/tablespace-map.ts';
import type { Member } from '../tar/member.ts';
import { checkDirectories } from './required-directories.ts';
import type { Verification } from './verification.ts';

const TABLESPACE_LINK = /^pg_tblspc\/([1-9][0-9]{0,9})$/;
const WAL_DIRECTORY = 'pg_wal/';

/** Takes directories and links, and the names of files in pg_wal, which nobody else keeps. */
export class PassingPlaces {
  readonly #directories = new Set<string>();
  readonly #walFiles = new Set<string>();
  readonly #links = new Map<number, string>();
  readonly #verification: Verification;

  constructor(verification: Verification) {
    this.#verification = verification;
  }

  /** Where tablespaces are by the links. */
  get links(): TablespaceMap {
    return this.#links;
  }

  /** A file begins. */
  file(path: string, archive: string): void {
    if (this.#directories.has(path) || this.#walFiles.has(path)) this.reportSecond(path, archive);
    if (path.startsWith(WAL_DIRECTORY)) this.#walFiles.add(path);
  }

  /** A directory or a link. */
  place(path: string, { kind, linkTarget = '' }: Member, archive: string): void {
    if (kind === 'directory') this.#directories.add(path);
    else this.#link(path, linkTarget, archive);
  }

  /** There was a member of this path in another archive. */
  reportSecond(path: string, archive: string): void {
    this.reportClash(path, `is present in archive "${archive}" a second time`);
  }

  /** A member of this path cannot be beside those before it. */
  reportClash(path: string, complaint: string): void {
    if (!path.startsWith(WAL_DIRECTORY) && this.#verification.ignore.covers(path)) return;
    this.#complain(path, `file "${path}" ${complaint}`);
  }

  /** All members have passed. */
  compare(): void {
    checkDirectories((path) => this.#directories.has(path), this.#verification);
  }

  #link(path: string, target: string, archive: string): void {
    if (this.#verification.ignore.covers(path)) return;
    const oid = Number(TABLESPACE_LINK.exec(path)?.[1] ?? 0);
    if (oid === 0 || this.#links.has(oid))
      this.#complain(path, `symbolic link "${path}" in archive "${archive}" is none that a server sends`);
    this.#links.set(oid, target);
    this.#directories.add(path);
  }

  #complain(path: string, message: string): void {
    this.#verification.findings.add({ check: 'file', path, message });
  }
}
