/**
 * Edits a tar archive as it passes: bytes in, bytes out. All bytes that do not belong to an edited member pass
 * untouched. The edits themselves are in member-edits.ts.
 */

import { Adjacent } from './adjacent.ts';
import type { Member } from './member.ts';
import { type TarChunk, TarReader } from './reader.ts';

/**
 * The edit of one member. Each method returns what goes out instead of the bytes that came in; those are valid during
 * the call only.
 */
export interface MemberEdit {
  header(header: Buffer): readonly Buffer[];
  contents(piece: Buffer): readonly Buffer[];
  /** The padding, perhaps empty. Called once, after the contents. */
  trailer(padding: Buffer): readonly Buffer[];
}

/** Chooses the edits of an archive. */
export interface TarEdits {
  /** Called for each member; undefined for one that passes as it is. */
  member(member: Member): MemberEdit | undefined;
  /** All members have come, and the end of the archive is about to go out. */
  end(): void;
}

/** Edits one archive. */
export class TarEditor {
  readonly #reader: TarReader;
  readonly #edits: TarEdits;
  readonly #out = new Adjacent();
  /** The edit of the current member. */
  #edit: MemberEdit | undefined;
  #taken = 0;
  #edited = false;
  #ended = false;

  constructor(archive: string, edits: TarEdits) {
    this.#reader = new TarReader(archive);
    this.#edits = edits;
  }

  /**
   * What goes out for the bytes that came in; `parts` itself if that is the same. Throws BackupError for an archive
   * that is malformed, and what the edits throw.
   */
  push(parts: readonly Buffer[]): readonly Buffer[] {
    const clean = this.#held === 0 && this.#edit === undefined;
    this.#edited = false;
    for (const part of parts) {
      this.#taken += part.length;
      for (const chunk of this.#reader.push(part)) this.#take(chunk);
    }
    const out = this.#out.take();
    return clean && this.#held === 0 && !this.#edited ? parts : out;
  }

  /** No more bytes come. Throws BackupError if the archive is cut short. */
  end(): void {
    this.#reader.end();
  }

  /** Bytes of a header or padding that was cut, which go out with the rest of it. */
  get #held(): number {
    return this.#taken - this.#reader.offset;
  }

  #take(chunk: TarChunk): void {
    if (chunk.type === 'header') {
      this.#edit = this.#edits.member(chunk.member);
      this.#edited ||= this.#edit !== undefined;
    } else if (chunk.type === 'end' && !this.#ended) {
      this.#ended = true;
      this.#edits.end();
    }
    if (this.#edit === undefined || chunk.type === 'end') this.#out.add(chunk.bytes);
    else for (const bytes of this.#edit[chunk.type](chunk.bytes)) this.#out.add(bytes);
    if (chunk.type === 'trailer') this.#edit = undefined;
  }
}
