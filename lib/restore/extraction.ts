/**
 * A backup, piece by piece, to files: which tablespaces there are, and what takes the contents that come. Nothing is
 * written before the first archive, when all tablespaces are known, since the list stands before all archives. What is
 * done after the last one is in finish.ts.
 */

import assert from 'node:assert';
import { basename } from 'node:path';
import { BackupError } from '../errors/backup-error.ts';
import { CONTROL_FILE } from '../postgres/data-directory.ts';
import type { Receiver } from '../sink/receive.ts';
import { FileWriter } from '../store/file-writer.ts';
import { StagedFile, StagedName } from '../store/staged-file.ts';
import { insistOnEmpty } from '../store/target-directory.ts';
import { MANIFEST, memberPrefix, parseArchiveName } from '../stream/archive-name.ts';
import type { ArchiveFrame, BackupHead } from '../stream/frame.ts';
import { canonicalPath } from '../tablespaces/canonical-path.ts';
import type { TablespaceMapping } from '../tablespaces/mapping.ts';
import { pathInDataDirectory, type Tablespace, tablespacesOf } from '../tablespaces/tablespace.ts';
import { quoted } from '../terminal/visible.ts';
import { BaseRules, temporarySuffix } from './base-rules.ts';
import { ManifestWriter } from './manifest-writer.ts';
import { plainRules } from './rules.ts';
import { SparseFileWriter } from './sparse-file.ts';
import { chooseOwner, isKept, type RestoreStep, type Unpacked, withSteps } from './step.ts';
import type { Target } from './tablespace-targets.ts';
import { TargetDirectories } from './target-directories.ts';
import { Unpacker } from './unpack.ts';

/** An extraction that lacks nothing but its last steps. */
export interface Extracted extends Unpacked {
  /** Whether something of the backup was left out. */
  readonly partial: boolean;
  /** Undefined if there is none. */
  readonly manifest: StagedFile | undefined;
  readonly control: StagedName;
  readonly archives: number;
  readonly files: number;
  /** Of the contents of files that were written, the manifest's too. */
  readonly bytes: number;
}

/** Where a backup goes, and what is done with it. */
export interface ExtractionOptions extends Target {
  readonly mappings: readonly TablespaceMapping[];
  /** What is to be done besides unpacking. */
  readonly steps?: readonly RestoreStep[] | undefined;
  /** Whether long runs of zeros become holes. */
  readonly sparse?: boolean | undefined;
}

/** Takes a backup whose archives are not compressed. If anything throws, it must be abandoned. */
export class Extraction implements Receiver {
  readonly #target: Target;
  readonly #options: ExtractionOptions;
  readonly #steps: readonly RestoreStep[];
  #tablespaces: readonly Tablespace[] = [];
  readonly #suffix = temporarySuffix();
  #targets: TargetDirectories | undefined;
  #base: BaseRules | undefined;
  /** Those of all archives that have begun, by their names. */
  readonly #unpackers = new Map<string, Unpacker>();
  /** What takes contents; undefined in a manifest that is left out. */
  #current: Unpacker | ManifestWriter | undefined;
  #manifest: StagedFile | undefined;

  /** Throws TroubleError if the directory has anything in it. */
  constructor(options: ExtractionOptions) {
    const { directory, waldir, contained = false } = options;
    this.#target = {
      directory: canonicalPath(directory),
      waldir: waldir === undefined ? undefined : canonicalPath(waldir),
      contained,
      leavesOut: (oid) => !isKept(pathInDataDirectory(oid), 'directory', this.#steps),
    };
    insistOnEmpty(this.#target.directory);
    this.#options = options;
    this.#steps = options.steps ?? [];
  }

  begin(head: BackupHead): void {
    this.#tablespaces = tablespacesOf(head);
  }

  beginArchive({ name, resumed }: ArchiveFrame): void {
    if (!resumed) this.#unpackers.set(name, this.#unpacker(name));
    this.#current = this.#unpackers.get(name);
  }

  endArchive(name: string): void {
    this.#unpackers.get(name)?.end();
  }

  beginManifest(): void {
    this.#current = undefined;
    const { base } = this.#insistOnBase();
    if (this.#partial) return;
    this.#manifest = new StagedFile(`${this.#target.directory}/${MANIFEST}`, this.#suffix);
    this.#openTargets().data.claim(basename(this.#manifest.path));
    this.#current = new ManifestWriter(this.#manifest, base.changes);
  }

  endManifest(): void {
    this.#current?.end();
  }

  push(parts: readonly Buffer[]): void {
    assert(this.#targets !== undefined, 'contents before the first archive');
    this.#current?.push(parts);
  }

  /** All has come. Throws BackupError if it is not all. */
  end(): Extracted {
    const { base, targets } = this.#insistOnBase();
    base.insistOnComplete();
    targets.link();
    const unpackers = [...this.#unpackers.values()];
    return {
      targets,
      groupAccess: base.groupAccess,
      partial: this.#partial,
      manifest: this.#manifest,
      control: new StagedName(`${this.#target.directory}/${CONTROL_FILE}`, this.#suffix),
      archives: unpackers.length,
      files: unpackers.reduce((sum, { files }) => sum + files, 0),
      bytes: unpackers.reduce((sum, { bytes }) => sum + bytes, this.#manifest?.bytes ?? 0),
    };
  }

  /** Closes what is open, as it is. */
  abandon(): void {
    for (const unpacker of this.#unpackers.values()) unpacker.abandon();
    this.#manifest?.abandon();
  }

  /** Removes all that was made, and says what that was; tells what could not be removed. */
  remove(warn: (complaint: string) => void): readonly string[] {
    return this.#targets?.remove(warn) ?? [];
  }

  get #partial(): boolean {
    return this.#steps.some(({ partial }) => partial);
  }

  #openTargets(): TargetDirectories {
    if (this.#targets === undefined) {
      this.#targets = new TargetDirectories(this.#target, this.#tablespaces, this.#options.mappings);
      this.#targets.open();
    }
    return this.#targets;
  }

  #unpacker(name: string): Unpacker {
    const archive = parseArchiveName(name);
    if (archive === undefined) throw new BackupError(`unexpected archive name ${quoted(name)}`);
    const targets = this.#openTargets();
    if (archive.kind === 'base') {
      this.#base = new BaseRules(targets.tablespaces, {
        linked: !this.#target.contained,
        suffix: this.#suffix,
      });
    }
    const rules = archive.kind === 'base' && this.#base !== undefined ? this.#base : plainRules(name);
    return new Unpacker(name, {
      destination: targets.destination(archive),
      rules: withSteps(rules, memberPrefix(archive), this.#steps),
      file: this.#options.sparse ? new SparseFileWriter() : new FileWriter(),
      chooseOwner: (member) => chooseOwner(member, this.#steps),
    });
  }

  #insistOnBase(): { targets: TargetDirectories; base: BaseRules } {
    if (this.#targets !== undefined && this.#base !== undefined)
      return { targets: this.#targets, base: this.#base };
    throw new BackupError('archive "base.tar" is missing');
  }
}
