/**
 * Verifies a backup while it passes, in one go: files are hashed and pages checked where they lie, and all is compared
 * when the manifest is known. Compressed archives are looked into, and pass as they are. Every frame is forwarded but
 * the end, which comes only if nothing was found: who throws here makes the stream end in an abort (lib/sink/stream.ts).
 */

import { ZstdThreads } from '../compress/zstd-threads.ts';
import { TroubleError } from '../errors/trouble.ts';
import { ArchiveContents } from '../filter/archive-contents.ts';
import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import { ManifestParser } from '../manifest/parse.ts';
import { backupEnd, backupStart } from '../manifest/wal-ranges.ts';
import { isBlockSize } from '../page/page-checker.ts';
import type { Filter, Frame } from '../stream/frame.ts';
import { ArchiveCheck } from './archive-check.ts';
import { checkWal } from './check-wal.ts';
import { checkFacts, readFacts } from './facts.ts';
import { Manifest } from './manifest.ts';
import { PassingFiles } from './passing-files.ts';
import { StreamFacts } from './stream-facts.ts';
import type { Verification } from './verification.ts';

/** What there is to know besides. */
export interface PassingOptions {
  /** That of a manifest that is not known yet. */
  readonly algorithm: ChecksumAlgorithm;
  /** A manifest to take instead of the one in the backup. */
  readonly manifest: Manifest | undefined;
  /** A directory or a tar of WAL to take instead of the WAL in the backup. */
  readonly wal: string | undefined;
}

/** Forwards every frame; before the end, `verdict` is called, which throws if the backup is not good. */
export function verifyPassing(
  options: PassingOptions,
  verification: Verification,
  verdict: () => void,
): Filter {
  return async function* (frames) {
    const check = new StreamCheck(options, verification);
    try {
      for await (const frame of frames) {
        await check.frame(frame);
        if (frame.type === 'end') {
          await check.end();
          verdict();
        }
        yield frame;
      }
    } finally {
      check.close();
    }
  };
}

/** An archive that has not ended. */
interface OpenArchive {
  readonly check: ArchiveCheck;
  readonly contents: ArchiveContents;
}

class StreamCheck {
  readonly #options: PassingOptions;
  readonly #verification: Verification;
  readonly #files: PassingFiles;
  readonly #facts: StreamFacts;
  readonly #open = new Map<string, OpenArchive>();
  readonly #threads = new ZstdThreads();
  /** What contents belong to; undefined in the manifest. */
  #current: OpenArchive | undefined;
  readonly #manifest = new Manifest();
  readonly #parser = new ManifestParser(this.#manifest);
  #hasManifest = false;

  constructor(options: PassingOptions, verification: Verification) {
    this.#options = options;
    this.#verification = verification;
    const { algorithm, manifest } = options;
    const algorithmOf = (path: string) => manifest?.files.get(path)?.algorithm ?? algorithm;
    this.#files = new PassingFiles(algorithmOf, verification);
    this.#files.start = backupStart(manifest?.ranges ?? []);
    this.#facts = new StreamFacts(verification);
  }

  async frame(frame: Frame): Promise<void> {
    this.#facts.frame(frame);
    switch (frame.type) {
      case 'parameter':
        if (frame.name === 'block_size' && isBlockSize(Number(frame.value)))
          this.#files.pages.blockBytes = Number(frame.value);
        break;
      case 'start':
        this.#files.start = { start: frame.lsn, timeline: frame.timeline };
        break;
      case 'archive':
        if (!frame.resumed) this.#open.set(frame.name, await this.#openArchive(frame.name));
        this.#current = this.#open.get(frame.name);
        break;
      case 'archive-end':
        await this.#endArchive(frame.name);
        break;
      case 'manifest':
        this.#current = undefined;
        this.#hasManifest = true;
        break;
      case 'data':
        if (this.#current !== undefined) await this.#current.contents.push(frame.parts);
        else for (const part of frame.parts) this.#parser.push(part);
        break;
      default: // says nothing about contents
    }
  }

  /** Compares everything. Throws BackupError for an archive or a manifest that is not whole. */
  async end(): Promise<void> {
    const manifest = this.#wholeManifest();
    manifest.noteVersion(this.#verification);
    const facts = readFacts(this.#files.facts, this.#verification);
    checkFacts(this.#files.facts, facts, manifest, this.#verification);
    this.#facts.compare(facts, this.#files.places.links, manifest);
    this.#files.places.compare();
    this.#files.compare(manifest);
    const { wal } = this.#options;
    const switches =
      wal === undefined
        ? this.#files.wal.end(manifest.ranges, facts)
        : await checkWal(manifest.ranges, wal, facts, this.#verification);
    this.#files.pages.report(facts.control, backupEnd(manifest.ranges)?.end, switches);
  }

  #wholeManifest(): Manifest {
    const { manifest } = this.#options;
    if (this.#hasManifest) this.#parser.end();
    else if (manifest === undefined)
      throw new TroubleError('could not verify the backup: it has no manifest');
    return manifest ?? this.#manifest;
  }

  close(): void {
    for (const { contents } of this.#open.values()) contents.close();
  }

  async #openArchive(name: string): Promise<OpenArchive> {
    const check = new ArchiveCheck(name, this.#files);
    const contents = await ArchiveContents.open(name, (bytes) => check.push(bytes), this.#threads);
    return { check, contents };
  }

  async #endArchive(name: string): Promise<void> {
    const archive = this.#open.get(name);
    if (archive === undefined) return;
    await archive.contents.end();
    archive.check.end();
    this.#open.delete(name);
  }
}
