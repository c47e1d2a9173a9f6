/**
 * Cuts a tar archive into typed chunks: a header, contents and a trailer (the padding) for each member, then the
 * end-of-archive blocks. As in bbstreamer_tar.c in src/bin/pg_basebackup, each member has exactly one header and one
 * trailer, even if that is empty, so that consumers are plain switches. All chunks together are the archive.
 *
 * Extensions (extensions.ts) are part of a header, so it can have many blocks; the member's own is the last. Contents
 * are never copied. A header or padding that is cut by the end of a buffer is held until the rest comes, and joined.
 * Two blocks of zeros end an archive; more zeros may follow (GNU tar fills up its records), but nothing else.
 */

import { BackupError } from '../errors/backup-error.ts';
import { isZero } from '../io/zeros.ts';
import { quoted } from '../terminal/visible.ts';
import { headerBytesAfter, memberBlock } from './extensions.ts';
import { TAR_BLOCK_BYTES } from './header-fields.ts';
import { malformedTar, type TarPosition } from './malformed-tar.ts';
import { type Member, paddingBytes, readMember } from './member.ts';

/** A piece of an archive. Its bytes are valid as long as the buffer that was pushed. */
export type TarChunk =
  | { readonly type: 'header'; readonly member: Member; readonly bytes: Buffer }
  | { readonly type: 'contents'; readonly bytes: Buffer }
  | { readonly type: 'trailer'; readonly bytes: Buffer }
  | { readonly type: 'end'; readonly bytes: Buffer };

const END_BYTES = 2 * TAR_BLOCK_BYTES;
/** What tar writes at a time, unless told otherwise. */
const RECORD_BYTES = 20 * TAR_BLOCK_BYTES;
/** The two blocks of zeros that end an archive. */
export const ARCHIVE_END = Buffer.alloc(END_BYTES);
const NOTHING = Buffer.alloc(0);

type State = 'header' | 'contents' | 'trailer' | 'end';

/** Reads one archive. The chunks of one push() must be used up before the next push(). */
export class TarReader implements TarPosition {
  readonly archive: string;
  #offset = 0;
  #state: State = 'header';
  #member: Member | undefined;
  /** Bytes of contents or padding of the member that have not come yet. */
  #missing = 0;
  /** Length of the header that is to come, as far as it is known. */
  #headerBytes = TAR_BLOCK_BYTES;
  /** The beginning of a header or padding that was cut. */
  #held = NOTHING;
  #zeros = 0;

  constructor(archive: string) {
    this.archive = archive;
  }

  /** Bytes given out as chunks so far. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * The number of zeros after the blocks that end the archive, but 0 if they only fill up a record: tar writes records
   * of 20 blocks.
   */
  get spareBytes(): number {
    const after = Math.max(this.#zeros - END_BYTES, 0);
    return after < RECORD_BYTES && this.#offset % RECORD_BYTES === 0 ? 0 : after;
  }

  /** The chunks in these bytes. Throws BackupError for an archive that the server cannot have sent. */
  *push(bytes: Buffer): Generator<TarChunk, void, undefined> {
    let position = 0;
    while (position < bytes.length || (this.#state === 'trailer' && this.#missing === 0)) {
      const wanted = this.#wanted(bytes.length - position);
      const piece = bytes.subarray(position, position + wanted);
      position += piece.length;
      if (this.#state === 'contents' || this.#state === 'end') yield this.#flowing(piece);
      else {
        const whole = this.#join(piece);
        if (whole === undefined) continue;
        const chunk = this.#state === 'header' ? this.#header(whole) : this.#trailer(whole);
        if (chunk !== undefined) yield chunk;
      }
    }
  }

  /** No more bytes come. Throws BackupError if the archive is cut short. */
  end(): void {
    if (this.#zeros >= END_BYTES) return;
    const bytes = this.#offset + this.#held.length;
    throw new BackupError(`archive "${this.archive}" is cut short`, {
      detail: bytes === 0 ? 'It is empty.' : `It ended after ${bytes} bytes, ${this.#where()}.`,
    });
  }

  #where(): string {
    if (this.#state === 'end') return 'within the blocks of zeros that end it';
    if (this.#state === 'header') {
      return this.#held.length > 0 ? 'in the header of a member' : 'without the blocks of zeros that end it';
    }
    return `in member ${quoted(this.#member?.path ?? '')}`;
  }

  /** How many bytes the current state can take of those that there are. */
  #wanted(available: number): number {
    if (this.#state === 'end') return available;
    const wanted = this.#state === 'header' ? this.#headerBytes : this.#missing;
    return Math.min(wanted - this.#held.length, available);
  }

  /** A header or padding in one piece, or undefined if it is not complete yet. */
  #join(piece: Buffer): Buffer | undefined {
    const whole = this.#held.length > 0 ? Buffer.concat([this.#held, piece]) : piece;
    const complete = whole.length === (this.#state === 'header' ? this.#headerBytes : this.#missing);
    this.#held = complete ? NOTHING : Buffer.from(whole);
    return complete ? whole : undefined;
  }

  /** A header, or the end of the archive; undefined if only the extensions of a header have come so far. */
  #header(header: Buffer): TarChunk | undefined {
    if (header[header.length - TAR_BLOCK_BYTES] === 0 && isZero(memberBlock(header))) {
      if (header.length > TAR_BLOCK_BYTES) throw malformedTar(this, 'extended header without a member');
      this.#state = 'end';
      return this.#flowing(header);
    }
    const more = headerBytesAfter(header, this);
    if (more > 0) {
      this.#headerBytes = header.length + more;
      this.#held = Buffer.from(header);
      return undefined;
    }
    const member = readMember(header, this);
    this.#headerBytes = TAR_BLOCK_BYTES;
    this.#offset += header.length;
    this.#member = member;
    this.#missing = member.size;
    this.#state = 'contents';
    if (member.size === 0) this.#contentsEnd(member);
    return { type: 'header', member, bytes: header };
  }

  /** Contents, or the zeros of the end: as they come. */
  #flowing(bytes: Buffer): TarChunk {
    if (this.#state === 'end') return this.#zerosOfEnd(bytes);
    this.#offset += bytes.length;
    this.#missing -= bytes.length;
    if (this.#missing === 0 && this.#member !== undefined) this.#contentsEnd(this.#member);
    return { type: 'contents', bytes };
  }

  #contentsEnd(member: Member): void {
    this.#state = 'trailer';
    this.#missing = paddingBytes(member.size);
  }

  #trailer(bytes: Buffer): TarChunk {
    this.#offset += bytes.length;
    this.#member = undefined;
    this.#state = 'header';
    return { type: 'trailer', bytes };
  }

  #zerosOfEnd(bytes: Buffer): TarChunk {
    if (!isZero(bytes)) {
      const single = this.#zeros < END_BYTES && !isZero(bytes.subarray(0, END_BYTES - this.#zeros));
      throw malformedTar(this, single ? 'a single block of zeros' : 'data after the end of the archive');
    }
    this.#offset += bytes.length;
    this.#zeros += bytes.length;
    return { type: 'end', bytes };
  }
}
