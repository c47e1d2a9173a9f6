/**
 * Which archives a backup must have and which have come. The list of tablespaces comes first; then every
 * tablespace's archive, base.tar last (perform_base_backup() in src/backend/backup/basebackup.c); pg_wal.tar
 * may come anywhere between them, may be interrupted and resumed, and may go on after the manifest.
 */

import { MAX_TABLESPACES } from '../postgres/tablespace-map.ts';
import { quoted } from '../terminal/visible.ts';
import { type ArchiveName, parseArchiveName } from './archive-name.ts';

/** Checks the order of archives. Each method returns a complaint, or undefined if all is well. */
export class ArchiveOrder {
  /** Tablespaces whose archive has not come yet, with their locations. */
  readonly #awaited = new Map<number, string>();
  #baseListed = false;
  #baseSeen = false;
  /** The name under which WAL came, with the suffix of its compression. */
  #walName: string | undefined;
  #count = 0;

  /** A row of the tablespace list. */
  list(oid: number | null, location: string | null): string | undefined {
    if (this.#baseListed) return 'tablespace listed after the data directory';
    if (++this.#count > MAX_TABLESPACES) return `more than ${MAX_TABLESPACES} tablespaces`;
    if (oid === null) return this.#listBase(location);
    if (oid === 0) return 'tablespace with the OID 0';
    if (location === null || location === '') return `tablespace ${oid} has no location`;
    if (this.#awaited.has(oid)) return `tablespace ${oid} is listed twice`;
    this.#awaited.set(oid, location);
    return undefined;
  }

  /** The list has ended. */
  endList(): string | undefined {
    return this.#baseListed ? undefined : 'the tablespace list does not end with the data directory';
  }

  /** An archive begins, or pg_wal.tar is resumed. */
  begin(name: string, location: string, afterManifest: boolean): string | undefined {
    const archive = parseArchiveName(name);
    if (archive === undefined) return `unexpected archive name ${quoted(name)}`;
    if (archive.kind !== 'tablespace' && location !== '') return `archive ${quoted(name)} has a location`;
    if (archive.kind === 'wal') return this.#beginWal(name);
    if (afterManifest) return `archive ${quoted(name)} after the manifest`;
    return archive.kind === 'base' ? this.#beginBase() : this.#beginTablespace(name, archive, location);
  }

  /** No more archives come, or only pg_wal.tar. */
  end(): string | undefined {
    return this.#baseSeen ? undefined : 'archive "base.tar" is missing';
  }

  #listBase(location: string | null): string | undefined {
    this.#baseListed = true;
    return location === null ? undefined : 'data directory with a location in the tablespace list';
  }

  #beginWal(name: string): string | undefined {
    this.#walName ??= name;
    if (this.#walName === name) return undefined;
    return `archive ${quoted(name)} beside ${quoted(this.#walName)}`;
  }

  #beginBase(): string | undefined {
    if (this.#baseSeen) return 'archive "base.tar" was sent twice';
    this.#baseSeen = true;
    const [missing] = this.#awaited.keys();
    return missing === undefined ? undefined : `archive "${missing}.tar" is missing before "base.tar"`;
  }

  #beginTablespace(name: string, archive: ArchiveName, location: string): string | undefined {
    const listed = this.#awaited.get(archive.oid ?? 0);
    if (listed === undefined) return `archive ${quoted(name)} was not announced, or was sent before`;
    this.#awaited.delete(archive.oid ?? 0);
    if (listed === location) return undefined;
    return `archive ${quoted(name)} is said to be at ${quoted(location)}, but was listed at ${quoted(listed)}`;
  }
}
