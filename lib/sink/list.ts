/**
 * The contents of a backup as lines on an output, each as soon as it is known: frames in, text out, no file is
 * written. Archives must be well-formed, be they compressed or not, and names safe and each there once.
 */

import { ZstdThreads } from '../compress/zstd-threads.ts';
import { BackupError } from '../errors/backup-error.ts';
import { ArchiveContents } from '../filter/archive-contents.ts';
import { BaseFiles } from '../source/base-files.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import { CUT_SHORT } from '../stream/decode.ts';
import type { DataFrame, Frame, StopFrame } from '../stream/frame.ts';
import type { Member } from '../tar/member.ts';
import { MemberNames } from '../tar/member-names.ts';
import type { TarChunk } from '../tar/reader.ts';
import { WholeTar } from '../tar/whole-tar.ts';
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
  const lister = new Lister(lines, options.json ? JSON_FORMAT : TEXT_FORMAT);
  try {
    for await (const frame of frames) {
      await lister.frame(frame);
      await lines.drain();
    }
    lister.end();
  } finally {
    lister.close();
    await lines.flush();
  }
}

/** An archive that is being listed. */
class ArchiveList {
  readonly name: string;
  readonly #lines: LineWriter;
  readonly #format: ListFormat;
  readonly #tar: WholeTar;
  readonly #names: MemberNames;
  readonly #files = new BaseFiles();
  members = 0;

  constructor(name: string, lines: LineWriter, format: ListFormat) {
    this.name = name;
    this.#lines = lines;
    this.#format = format;
    this.#tar = new WholeTar(name, (chunk) => this.#see(chunk));
    this.#names = new MemberNames(name);
  }

  /** Lists the members that begin in these bytes. */
  push(parts: readonly Buffer[]): Promise<void> {
    this.#tar.push(parts);
    return this.#lines.drain();
  }

  end(): void {
    this.#tar.end();
  }

  /** Throws BackupError unless it is that of a data directory. */
  insistOnBase(): void {
    this.#files.insistOn(this.name);
  }

  #see(chunk: TarChunk): void {
    this.#files.see(chunk);
    if (chunk.type === 'header') this.#list(chunk.member);
  }

  #list(member: Member): void {
    this.#names.take(member);
    this.members++;
    this.#lines.add(this.#format.member(this.name, member));
  }
}

/** An archive that has not ended. */
interface OpenArchive {
  readonly list: ArchiveList;
  readonly contents: ArchiveContents;
  /** As they came, compressed or not. */
  bytes: number;
}

/** Writes the lines for each frame. */
class Lister {
  readonly #lines: LineWriter;
  readonly #format: ListFormat;
  readonly #open = new Map<string, OpenArchive>();
  readonly #threads = new ZstdThreads();
  /** What contents belong to; undefined in the manifest. */
  #current: OpenArchive | undefined;
  #base: ArchiveList | undefined;
  #manifestBytes = 0;
  #stop: StopFrame | undefined;
  #totals = { archives: 0, members: 0, bytes: 0 };
  #ended = false;

  constructor(lines: LineWriter, format: ListFormat) {
    this.#lines = lines;
    this.#format = format;
  }

  async frame(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'archive':
        this.#lines.add(this.#format.archive(frame.name, frame.location));
        if (!frame.resumed) this.#open.set(frame.name, await this.#openArchive(frame.name));
        this.#current = this.#open.get(frame.name);
        break;
      case 'archive-end':
        await this.#archiveEnd(frame.name);
        break;
      case 'manifest':
        this.#current = undefined;
        break;
      case 'manifest-end':
        this.#totals.bytes += this.#manifestBytes;
        this.#lines.add(this.#format.manifest(this.#manifestBytes));
        break;
      case 'data':
        await this.#data(frame);
        break;
      case 'stop':
        this.#stop = frame;
        break;
      case 'end':
        this.#ended = true;
        break;
      default: // says nothing about contents
    }
  }

  /** What can be said when nothing has come after the end. Throws BackupError if that has not come. */
  end(): void {
    if (!this.#ended) throw new BackupError(CUT_SHORT);
    // A server has made a stream; a tar by itself may be anything.
    if (this.#stop === undefined) this.#base?.insistOnBase();
    this.#lines.add(this.#format.end({ stop: this.#stop, ...this.#totals }));
  }

  close(): void {
    for (const { contents } of this.#open.values()) contents.close();
  }

  async #openArchive(name: string): Promise<OpenArchive> {
    const list = new ArchiveList(name, this.#lines, this.#format);
    if (parseArchiveName(name)?.kind === 'base') this.#base = list;
    const contents = await ArchiveContents.open(name, (parts) => list.push(parts), this.#threads);
    return { list, contents, bytes: 0 };
  }

  async #data({ parts, bytes }: DataFrame): Promise<void> {
    if (this.#current === undefined) this.#manifestBytes += bytes;
    else {
      this.#current.bytes += bytes;
      await this.#current.contents.push(parts);
    }
  }

  async #archiveEnd(name: string): Promise<void> {
    const archive = this.#open.get(name);
    if (archive === undefined) return;
    const { list, contents, bytes } = archive;
    await contents.end();
    list.end();
    this.#open.delete(name);
    const { members } = list;
    this.#totals.archives++;
    this.#totals.members += members;
    this.#totals.bytes += bytes;
    this.#lines.add(this.#format.archiveEnd({ name, members, bytes }));
  }
}
