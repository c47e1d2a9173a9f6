/**
 * WAL to the contents of pg_wal.tar, laid out as pg_basebackup -Ft -X stream does it (walmethods.c and receivelog.c in
 * src/bin/pg_basebackup): whole segment files, each followed by its empty archive_status/SEGMENT.done, so that the
 * restored server does not archive it a second time; history files of timelines; the blocks of zeros at the end.
 *
 * A segment that was not received to its end, at a switch of timelines or at the end of the backup, is filled up with
 * zeros and has no .done: the restored server continues to write it, and has to archive it.
 */

import type { Lsn } from '../../postgres/lsn.ts';
import { historyFileName, segmentName, segmentStart } from '../../postgres/wal-segment.ts';
import { ARCHIVE_END } from '../../tar/reader.ts';
import { fileHeader, fileMember } from '../../tar/writer.ts';

const NOTHING = Buffer.alloc(0);
const ZEROS = Buffer.alloc(128 * 1024);

/** Turns WAL, in order and from the start of a segment on, into pieces of the archive. */
export class WalArchive {
  readonly #segmentBytes: number;
  #timeline = 0;
  #position: Lsn = 0n;

  constructor(segmentBytes: number) {
    this.#segmentBytes = segmentBytes;
  }

  /** The timeline that the WAL is on now. */
  get timeline(): number {
    return this.#timeline;
  }

  /** Where the WAL has come to. */
  get position(): Lsn {
    return this.#position;
  }

  /** The bytes of the current segment that have not come yet. */
  get missing(): number {
    return this.#offset === 0 ? 0 : this.#segmentBytes - this.#offset;
  }

  /** Begins a timeline, at the start of a segment. All timelines but the first have a history. */
  *begin(timeline: number, position: Lsn, history: Buffer | undefined): Generator<Buffer> {
    yield* this.#fillUp();
    this.#timeline = timeline;
    this.#position = position;
    if (history === undefined) return;
    const name = historyFileName(timeline);
    yield fileMember(name, history, new Date());
    yield doneMember(name);
  }

  /** More WAL. The pieces are views of it, and headers between them. */
  *append(bytes: Buffer): Generator<Buffer> {
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#offset === 0) yield fileHeader(this.#name, this.#segmentBytes, new Date());
      const name = this.#name;
      const piece = rest.subarray(0, this.#segmentBytes - this.#offset);
      yield piece;
      this.#position += BigInt(piece.length);
      rest = rest.subarray(piece.length);
      if (this.#offset === 0) yield doneMember(name);
    }
  }

  /** The rest of the archive. */
  *finish(): Generator<Buffer> {
    yield* this.#fillUp();
    yield ARCHIVE_END;
  }

  *#fillUp(): Generator<Buffer> {
    for (let left = this.missing; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left);
  }

  /** How much of the current segment there is. */
  get #offset(): number {
    return Number(this.#position - segmentStart(this.#position, this.#segmentBytes));
  }

  get #name(): string {
    return segmentName(this.#timeline, this.#position, this.#segmentBytes);
  }
}

function doneMember(name: string): Buffer {
  return fileMember(`archive_status/${name}.done`, NOTHING, new Date());
}
