/** Makes WAL as the server writes it, for tests: records on pages in segments, from the start of a segment on. */

import { crc32c } from '../../../lib/crc/crc32c.ts';
import type { Lsn } from '../../../lib/postgres/lsn.ts';

/** A record to be written. */
export interface RecordParts {
  readonly manager?: number;
  readonly info?: number;
  readonly body: Buffer;
}

/** Of what kind the WAL is to be. */
export interface WalParts {
  readonly magic?: number;
  readonly timeline?: number;
  readonly systemIdentifier?: bigint;
  /** Where the first segment begins. */
  readonly start?: Lsn;
  readonly segmentBytes?: number;
  readonly blockBytes?: number;
}

/** A switch record. */
export const SWITCH: RecordParts = { manager: 0, info: 0x40, body: Buffer.alloc(0) };

const RECORD_HEADER_BYTES = 24;

/** Writes one record after the other. */
export class WalBuilder {
  readonly magic: number;
  readonly systemIdentifier: bigint;
  readonly start: Lsn;
  readonly segmentBytes: number;
  readonly blockBytes: number;
  timeline: number;
  /** Where the records begin. */
  readonly lsns: Lsn[] = [];
  previous: Lsn = 0n;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(segments: number, parts: WalParts = {}) {
    this.magic = parts.magic ?? 0xd110;
    this.timeline = parts.timeline ?? 1;
    this.systemIdentifier = parts.systemIdentifier ?? 7_000_000_000_000_000_001n;
    this.segmentBytes = parts.segmentBytes ?? 1024 ** 2;
    this.blockBytes = parts.blockBytes ?? 8192;
    this.start = parts.start ?? 0x1_ff00_0000n;
    this.#bytes = Buffer.alloc(segments * this.segmentBytes);
  }

  /** All of it, with zeros behind what was written. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Where the last record ended. */
  get end(): Lsn {
    return this.start + BigInt(this.#at);
  }

  /** Writes a record; a broken one ends before its last bytes, at the end of a page. */
  add({ manager = 10, info = 0, body }: RecordParts, written = Number.POSITIVE_INFINITY): this {
    if (this.#at % this.blockBytes === 0) this.#pageHeader(0, 0);
    this.lsns.push(this.end);
    const record = Buffer.alloc(RECORD_HEADER_BYTES + body.length);
    record.writeUInt32LE(record.length, 0);
    record.writeBigUInt64LE(this.previous, 8);
    record[16] = info;
    record[17] = manager;
    body.copy(record, RECORD_HEADER_BYTES);
    record.writeUInt32LE(crc32c(record.subarray(0, 20), crc32c(body)), 20);
    const lsn = this.end;
    const isWhole = this.#write(record, written);
    if (isWhole) this.previous = lsn;
    this.#at += -this.#at & 7;
    if (manager === 0 && info === 0x40) this.#at += -this.#at & (this.segmentBytes - 1);
    return this;
  }

  /** Writes records of these lengths. */
  addAll(lengths: readonly number[]): this {
    for (const length of lengths) this.add({ body: Buffer.alloc(length, length & 0xff) });
    return this;
  }

  /** Begins a page that says that the record before is not continued, by the flag of the version. */
  overwrite(flag = 0x8): this {
    this.#pageHeader(flag, 0);
    return this.add({ manager: 0, info: 0xd0, body: Buffer.alloc(16, 1) });
  }

  #write(record: Buffer, written: number): boolean {
    let done = 0;
    while (done < record.length) {
      if (this.#at % this.blockBytes === 0) {
        if (done >= written) return false;
        this.#pageHeader(0x1, record.length - done);
      }
      const room = this.blockBytes - (this.#at % this.blockBytes);
      const part = record.copy(this.#bytes, this.#at, done, Math.min(record.length, done + room));
      this.#at += part;
      done += part;
    }
    return true;
  }

  #pageHeader(flags: number, remaining: number): void {
    const isFirst = this.#at % this.segmentBytes === 0;
    const at = this.#at;
    this.#bytes.writeUInt16LE(this.magic, at);
    this.#bytes.writeUInt16LE(flags | (isFirst ? 0x2 : 0), at + 2);
    this.#bytes.writeUInt32LE(this.timeline, at + 4);
    this.#bytes.writeBigUInt64LE(this.end, at + 8);
    this.#bytes.writeUInt32LE(remaining, at + 16);
    this.#at += 24;
    if (!isFirst) return;
    this.#bytes.writeBigUInt64LE(this.systemIdentifier, at + 24);
    this.#bytes.writeUInt32LE(this.segmentBytes, at + 32);
    this.#bytes.writeUInt32LE(this.blockBytes, at + 36);
    this.#at += 16;
  }
}

/** Bytes before the end that say nothing: the padding behind page headers and behind records, and on the first page what is said of a record before. */
export function silentBytes(wal: WalBuilder, end: number): number[] {
  const isSilent = new Array<boolean>(end).fill(false).fill(true, 16, 20);
  for (let page = 0; page < end; page += wal.blockBytes) isSilent.fill(true, page + 20, page + 24);
  wal.lsns.forEach((lsn, index) => {
    const next = Number((wal.lsns[index + 1] ?? wal.end) - wal.start);
    let at = Number(lsn - wal.start);
    let left = wal.bytes.readUInt32LE(at);
    while (left > 0) {
      if (at % wal.blockBytes === 0) at += 24;
      const part = Math.min(left, wal.blockBytes - (at % wal.blockBytes));
      at += part;
      left -= part;
    }
    const padded = at + (-at & 7);
    isSilent.fill(true, at, Math.min(padded, next));
  });
  return isSilent.flatMap((silent, place) => (silent ? [place] : []));
}
