/**
 * An extraction between the frames: which tablespaces there are, and where the contents at hand go. Nothing is
 * written before the first archive, when all tablespaces are known (the list stands before all archives); what
 * comes after the last one is in finish.ts.
 */

import assert from 'node:assert';
import { type ArchiveName, parseArchiveName } from '../../backup/archive.ts';
import { BackupError } from '../../backup/error.ts';
import type { ArchiveFrame, TablespaceFrame } from '../../backup/frame.ts';
import { TroubleError } from '../../cli/trouble.ts';
import { insistOnEmpty } from '../folder.ts';
import { canonicalPath, type TablespaceMapping } from '../tablespace-mapping.ts';
import { type Amendment, amend, type Unpacked } from './amend.ts';
import { BaseRules, MANIFEST, PARTIAL_SUFFIX } from './base.ts';
import { ManifestWriter } from './manifest.ts';
import type { Tablespace, Target } from './places.ts';
import { plainRules } from './rules.ts';
import { Site } from './site.ts';
import { Unpacker } from './unpack.ts';

/** An extraction that lacks nothing but its last steps. */
export interface Extracted extends Unpacked {
  /** Whether there is a manifest. */
  readonly manifest: boolean;
  readonly archives: number;
  readonly files: number;
}

/** Takes the frames of a backup that matter. If anything throws, it must be abandoned. */
export class Extraction {
  readonly #directory: string;
  readonly #waldir: string | undefined;
  readonly #mappings: readonly TablespaceMapping[];
  readonly #amendments: readonly Amendment[];
  readonly #tablespaces: Tablespace[] = [];
  #site: Site | undefined;
  #base: BaseRules | undefined;
  /** What the next contents belong to; undefined for a manifest that is left out. */
  #current: Unpacker | ManifestWriter | undefined;
  /** The one archive that may be interrupted. */
  #wal: Unpacker | undefined;
  readonly #unpackers: Unpacker[] = [];
  #manifest = false;

  /** Throws TroubleError if the directory has anything in it. */
  constructor(
    { directory, waldir }: Target,
    mappings: readonly TablespaceMapping[],
    amendments: readonly Amendment[],
  ) {
    this.#directory = canonicalPath(directory);
    this.#waldir = waldir === undefined ? undefined : canonicalPath(waldir);
    insistOnEmpty(this.#directory);
    this.#mappings = mappings;
    this.#amendments = amendments;
  }

  listTablespace({ oid, location }: TablespaceFrame): void {
    if (oid !== null && location !== null) this.#tablespaces.push({ oid, location });
  }

  beginArchive({ name }: ArchiveFrame): void {
    const archive = parseArchiveName(name);
    if (archive === undefined) throw new BackupError(`unexpected archive name ${JSON.stringify(name)}`);
    if (archive.compression !== undefined) throw compressed(name);
    this.#endCurrent();
    this.#current = (archive.kind === 'wal' ? this.#wal : undefined) ?? this.#unpacker(name, archive);
    if (archive.kind === 'wal') this.#wal = this.#current;
  }

  beginManifest(): void {
    this.#endCurrent();
    const { base } = this.#insistOnBase();
    if (this.#amendments.some(({ partial }) => partial)) return;
    const name = `${MANIFEST}${PARTIAL_SUFFIX}`;
    this.#openSite().data.claim(name);
    this.#current = new ManifestWriter(`${this.#directory}/${name}`, base.edits);
    this.#manifest = true;
  }

  contents(parts: readonly Buffer[]): void {
    assert(this.#site !== undefined, 'contents before the first archive');
    this.#current?.push(parts);
  }

  /** All has come. Throws BackupError if it is not all. */
  end(): Extracted {
    this.#endCurrent();
    this.#wal?.end();
    const { base, site } = this.#insistOnBase();
    base.insistOnComplete();
    site.link();
    return {
      site,
      groupAccess: base.groupAccess,
      manifest: this.#manifest,
      archives: this.#unpackers.length,
      files: this.#unpackers.reduce((sum, { files }) => sum + files, 0),
    };
  }

  /** Closes what is open, as it is. */
  abandon(): void {
    for (const unpacker of this.#unpackers) unpacker.abandon();
    this.#current?.abandon();
  }

  /** Removes all that was made; tells what could not be removed. */
  remove(warn: (complaint: string) => void): void {
    this.#site?.remove(warn);
  }

  #openSite(): Site {
    if (this.#site === undefined) {
      const target = { directory: this.#directory, waldir: this.#waldir };
      this.#site = new Site(target, this.#tablespaces, this.#mappings);
      this.#site.open();
    }
    return this.#site;
  }

  #unpacker(name: string, archive: ArchiveName): Unpacker {
    const site = this.#openSite();
    if (archive.kind === 'base') this.#base = new BaseRules(site.places);
    const rules = archive.kind === 'base' && this.#base !== undefined ? this.#base : plainRules(name);
    const amended = amend(rules, prefixOf(archive), this.#amendments);
    const unpacker = new Unpacker(name, site.destination(archive), amended);
    this.#unpackers.push(unpacker);
    return unpacker;
  }

  /** Ends what is behind us, except WAL, which may go on later. */
  #endCurrent(): void {
    if (this.#current !== this.#wal) this.#current?.end();
    this.#current = undefined;
  }

  #insistOnBase(): { site: Site; base: BaseRules } {
    if (this.#site !== undefined && this.#base !== undefined) return { site: this.#site, base: this.#base };
    throw new BackupError('archive "base.tar" is missing');
  }
}

/** What makes a path in an archive one in the data directory. */
function prefixOf({ kind, oid }: ArchiveName): string {
  if (kind === 'base') return '';
  return kind === 'wal' ? 'pg_wal/' : `pg_tblspc/${oid}/`;
}

function compressed(name: string): TroubleError {
  return new TroubleError(`could not extract archive "${name}": it is compressed`, {
    hint: 'Decompress the backup first, with bb-compress -d.',
  });
}
