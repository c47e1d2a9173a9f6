/**
 * An archive of the result: that of the full backup in, its plan (planned-archive.ts) beside it; the new archive out, in
 * the order of the full backup. Members that the plan does not have are left out, and those that only the plan has
 * stand at the end.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { ContentsSink } from '../store/file-writer.ts';
import { memberPrefix, parseArchiveName } from '../stream/archive-name.ts';
import type { Member } from '../tar/member.ts';
import { type TarChunk, TarReader } from '../tar/reader.ts';
import { safePath } from '../tar/safe-path.ts';
import { wholePath } from './incremental-path.ts';
import type { KeptFiles } from './kept-files.ts';
import type { MemberOutput, MergedMember } from './member-output.ts';
import { END_BYTES, type PlannedArchive, type PlannedMember } from './planned-archive.ts';
import { unexpectedIncremental } from './read-chain.ts';

/** What the archives share. */
export interface FullParts {
  /** Of the full backup. */
  readonly place: string;
  readonly output: MemberOutput;
  /** Those of the full backup. */
  readonly kept: KeptFiles;
}

/** Makes one archive. What it gives must be used up before the next call. */
export class CombinedArchive {
  readonly #plan: PlannedArchive;
  readonly #parts: FullParts;
  readonly #prefix: string;
  readonly #reader: TarReader;
  #begun = false;
  #ended = false;
  #kept: ContentsSink | undefined;
  #merged: MergedMember | undefined;

  constructor(plan: PlannedArchive, parts: FullParts) {
    this.#plan = plan;
    this.#parts = parts;
    const archive = parseArchiveName(plan.name);
    this.#prefix = archive === undefined ? '' : memberPrefix(archive);
    this.#reader = new TarReader(plan.name);
  }

  /** Takes bytes of the full backup's archive. */
  *push(parts: readonly Buffer[]): Generator<Buffer, void, undefined> {
    for (const part of parts) for (const chunk of this.#reader.push(part)) yield* this.#take(chunk);
  }

  /** No more bytes come. Throws BackupError if the archive is cut short. */
  end(): void {
    this.#reader.end();
  }

  /** All that has not gone out yet, and the end of the archive. Throws BackupError for what the full backup lacks. */
  *rest(): Generator<Buffer, void, undefined> {
    yield* this.#first();
    for (const member of this.#plan.members.values()) yield* this.#whole(member);
    for (const member of this.#plan.last) yield* this.#whole(member);
    yield Buffer.alloc(END_BYTES);
  }

  *#take(chunk: TarChunk): Generator<Buffer, void, undefined> {
    switch (chunk.type) {
      case 'header':
        yield* this.#first();
        yield* this.#begin(chunk.member);
        break;
      case 'contents':
        this.#kept?.push([chunk.bytes]);
        if (this.#merged !== undefined) yield* this.#merged.push(chunk.bytes);
        break;
      case 'trailer':
        if (this.#merged !== undefined) yield* this.#merged.end();
        this.#merged = undefined;
        break;
      case 'end':
        if (!this.#ended) yield* this.rest();
        this.#ended = true;
        break;
    }
  }

  *#first(): Generator<Buffer, void, undefined> {
    if (this.#begun) return;
    this.#begun = true;
    for (const member of this.#plan.first) yield* this.#parts.output.stored(member);
  }

  *#begin({ path: name, kind, size }: Member): Generator<Buffer, void, undefined> {
    const path = this.#prefix + safePath(this.#plan.name, name);
    const { members } = this.#plan;
    this.#kept = kind === 'file' ? this.#parts.kept.sink(path, size) : undefined;
    const planned = members.get(path);
    if (planned === undefined) {
      this.#refuseIncremental(path);
      return;
    }
    members.delete(path);
    if (planned.kind !== 'rebuilt' || planned.file.finished || kind !== 'file') yield* this.#whole(planned);
    else {
      this.#merged = this.#parts.output.merged(planned);
      yield this.#merged.header();
    }
  }

  /** A member for which nothing is taken from the full backup. */
  *#whole(planned: PlannedMember): Generator<Buffer, void, undefined> {
    const { output, place } = this.#parts;
    if (planned.kind !== 'rebuilt') return yield* output.stored(planned);
    if (!planned.file.finished)
      throw new BackupError(`backup at "${place}" lacks file "${planned.path}"`, {
        detail:
          'There is no incremental file of that name either, so that the blocks before the next backup are missing.',
      });
    const merged = output.merged(planned);
    yield merged.header();
    yield* merged.end();
  }

  #refuseIncremental(path: string): void {
    const whole = wholePath(path);
    const planned = whole === undefined ? undefined : this.#plan.members.get(whole);
    if (whole !== undefined && planned?.kind === 'rebuilt' && !planned.file.finished)
      throw unexpectedIncremental(this.#parts.place, whole);
  }
}
