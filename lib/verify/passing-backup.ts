/**
 * Verifies a backup while it passes, in one go: files are hashed and pages checked where they lie, and all is compared
 * when the manifest is known. Compressed archives are looked into, and pass as they are. Every frame is forwarded but
 * the end, which comes only if nothing was found: who throws here makes the stream end in an abort (lib/sink/stream.ts).
 */

import { TroubleError } from '../errors/trouble.ts';
import { lookInside } from '../filter/decompress.ts';
import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import { ManifestParser } from '../manifest/parse.ts';
import { backupEnd, backupStart } from '../manifest/wal-ranges.ts';
import { isBlockSize } from '../page/page-checker.ts';
import { MANIFEST } from '../stream/archive-name.ts';
import type { Frame } from '../stream/frame.ts';
import { Turns } from '../stream/turns.ts';
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
export async function* verifyPassing(
  frames: AsyncIterable<Frame>,
  options: PassingOptions,
  verification: Verification,
  verdict: () => void,
): AsyncGenerator<Frame, void, undefined> {
  const check = new StreamCheck(options, verification);
  for await (const { made, came } of lookInside(frames)) {
    if (made !== undefined) check.frame(made);
    if (came?.type === 'end') {
      await check.end();
      verdict();
    }
    if (came !== undefined) yield came;
  }
}

class StreamCheck {
  readonly #options: PassingOptions;
  readonly #verification: Verification;
  readonly #files: PassingFiles;
  readonly #facts: StreamFacts;
  readonly #turns = new Turns<ArchiveCheck | ManifestParser>();
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

  frame(frame: Frame): void {
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
        this.#end(this.#turns.leave());
        if (this.#turns.resume(frame.name) === undefined)
          this.#turns.begin(frame.name, new ArchiveCheck(frame.name, this.#files));
        break;
      case 'manifest':
        this.#end(this.#turns.leave());
        this.#hasManifest = true;
        this.#turns.begin(MANIFEST, this.#parser);
        break;
      case 'data':
        for (const part of frame.parts) this.#turns.current?.push(part);
        break;
      default: // says nothing about contents
    }
  }

  /** Compares everything. Throws BackupError for an archive or a manifest that is not whole. */
  async end(): Promise<void> {
    for (const left of this.#turns.finish()) this.#end(left);
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

  /** The manifest ends when all archives have. */
  #end(left: ArchiveCheck | ManifestParser | undefined): void {
    if (left instanceof ArchiveCheck) left.end();
  }
}
