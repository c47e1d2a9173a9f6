/**
 * The contents of a backup as lines on an output, each as soon as it is known: frames in, text out, no file is
 * written. Archives must be well-formed, be they compressed or not, and names safe and each there once.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { Step } from '../filter/convert.ts';
import { lookInside } from '../filter/decompress.ts';
import { RequiredFiles } from '../postgres/required-files.ts';
import { MANIFEST, parseArchiveName } from '../stream/archive-name.ts';
import { CUT_SHORT } from '../stream/decode.ts';
import type { DataFrame, Frame, StopFrame } from '../stream/frame.ts';
import { Turns } from '../stream/turns.ts';
import { MemberNames } from '../tar/member-names.ts';
import { TarReader } from '../tar/reader.ts';
import { safePath } from '../tar/safe-path.ts';
import { type LineOutput, LineWriter } from '../terminal/line-writer.ts';
import { JSON_FORMAT, type ListFormat, TEXT_FORMAT } from './list-format.ts';

/** How to list. */
export interface ListOptions {
  readonly json: boolean;
  readonly output: LineOutput;
}

/**
 * Lists the backup to its end. Throws BackupError if it is not good, after writing what was listed until then;
 * what the output throws, comes through.
 */
export async function listBackup(frames: AsyncIterable<Frame>, options: ListOptions): Promise<void> {
  const lines = new LineWriter(options.output);
  const lister = new Lister(options.json ? JSON_FORMAT : TEXT_FORMAT);
  try {
    for await (const step of lookInside(frames)) {
      for (const line of lister.step(step)) lines.add(line);
      await lines.drain();
    }
    for (const line of lister.end()) lines.add(line);
  } finally {
    await lines.flush();
  }
}

/** An archive that is being listed. */
class ArchiveList {
  readonly name: string;
  readonly #reader: TarReader;
  readonly #names: MemberNames;
  readonly #required = new RequiredFiles();
  members = 0;
  /** As they came, compressed or not. */
  bytes = 0;

  constructor(name: string) {
    this.name = name;
    this.#reader = new TarReader(name);
    this.#names = new MemberNames(name);
  }

  /** What is in the archive. */
  *contents({ parts }: DataFrame, format: ListFormat): Generator<string, void, undefined> {
    for (const part of parts) {
      for (const piece of this.#reader.push(part)) {
        if (piece.type !== 'header') continue;
        const path = safePath(this.name, piece.member.path);
        const complaint = this.#names.add(path, piece.member.kind);
        if (complaint !== undefined) throw new BackupError(`member "${path}" ${complaint}`);
        if (piece.member.kind === 'file') this.#required.see(path);
        this.members++;
        yield format.member(this.name, piece.member);
      }
    }
  }

  end(): void {
    this.#reader.end();
  }

  /** Throws BackupError unless it is that of a data directory. */
  insistOnBase(): void {
    this.#required.insistOn(this.name);
  }
}

/** Gives the lines for each frame. */
class Lister {
  readonly #format: ListFormat;
  readonly #turns = new Turns<ArchiveList | 'manifest'>();
  #base: ArchiveList | undefined;
  #manifestBytes = 0;
  #stop: StopFrame | undefined;
  #totals = { archives: 0, members: 0, bytes: 0 };
  #ended = false;

  constructor(format: ListFormat) {
    this.#format = format;
  }

  *step({ made, came }: Step): Generator<string, void, undefined> {
    if (came?.type === 'data') this.#count(came);
    if (made !== undefined) yield* this.#frame(made);
  }

  *#frame(frame: Frame): Generator<string, void, undefined> {
    switch (frame.type) {
      case 'archive':
        yield* this.#end(this.#turns.leave());
        if (this.#turns.resume(frame.name) === undefined) this.#begin(frame.name);
        yield this.#format.archive(frame.name, frame.location);
        break;
      case 'manifest':
        yield* this.#end(this.#turns.leave());
        this.#turns.begin(MANIFEST, 'manifest');
        break;
      case 'data': {
        const { current } = this.#turns;
        if (current instanceof ArchiveList) yield* current.contents(frame, this.#format);
        break;
      }
      case 'stop':
        this.#stop = frame;
        break;
      case 'end':
        yield* this.#end(this.#turns.leave());
        this.#ended = true;
        break;
      default: // says nothing about contents
    }
  }

  #begin(name: string): void {
    const archive = this.#turns.begin(name, new ArchiveList(name));
    if (archive instanceof ArchiveList && parseArchiveName(name)?.kind === 'base') this.#base = archive;
  }

  #count({ bytes }: DataFrame): void {
    const { current } = this.#turns;
    if (current === 'manifest') this.#manifestBytes += bytes;
    else if (current !== undefined) current.bytes += bytes;
  }

  /** What can be said when nothing has followed upon the end. Throws BackupError if that has not come. */
  *end(): Generator<string, void, undefined> {
    if (!this.#ended) throw new BackupError(CUT_SHORT);
    for (const left of this.#turns.finish()) yield* this.#end(left);
    // A server has made a stream; a tar by itself may be anything.
    if (this.#stop === undefined) this.#base?.insistOnBase();
    yield this.#format.end({ stop: this.#stop, ...this.#totals });
  }

  *#end(left: ArchiveList | 'manifest' | undefined): Generator<string, void, undefined> {
    if (left === 'manifest') {
      this.#totals.bytes += this.#manifestBytes;
      yield this.#format.manifest(this.#manifestBytes);
    } else if (left !== undefined) yield this.#archiveEnd(left);
  }

  #archiveEnd(archive: ArchiveList): string {
    archive.end();
    const { name, members, bytes } = archive;
    this.#totals.archives++;
    this.#totals.members += members;
    this.#totals.bytes += bytes;
    return this.#format.archiveEnd({ name, members, bytes });
  }
}
