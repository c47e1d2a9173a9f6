/**
 * The structure of LZ4 files, from bytes that come in pieces of any size: frames one after the other, each with its
 * blocks, and skippable ones among them. The format is read in the order in which it is written, by a generator that
 * says how many bytes it needs next, and gets them in one piece.
 */

import { ringsBySize } from './blocks.ts';
import { CUT_SHORT, damaged } from './damage.ts';
import * as format from './lz4-frame.ts';
import { xxh32 } from './xxh32.ts';

/** What a file consists of, with the offset at which it begins. */
export type Lz4Part =
  | { readonly type: 'frame'; readonly frame: format.FrameDescriptor }
  | { readonly type: 'block'; readonly bytes: Buffer; readonly raw: boolean; readonly offset: number }
  | { readonly type: 'end'; readonly checksum: number | undefined; readonly offset: number };

/** Bytes that must come next. They go into this memory, or are skipped. */
interface Need {
  readonly type: 'need';
  readonly bytes: number;
  readonly memory: Buffer | undefined;
  /** Whether the file may end instead. */
  readonly optional: boolean;
}

type Steps<Result> = Generator<Need | Lz4Part, Result, Buffer>;

const NOTHING = Buffer.alloc(0);

/** Reads one file. Throws BackupError for what is no LZ4, or is cut short. */
export class Lz4Reader {
  readonly #subject: string;
  readonly #memory: (blockBytes: number) => Buffer;
  readonly #steps = this.#file();
  #step: IteratorResult<Need | Lz4Part, never>;
  /** Bytes that have come of those that are needed. */
  #filled = 0;
  /** Bytes before those. */
  #offset = 0;

  /** The memory of a block is used again after `blocksInUse` more blocks. */
  constructor(subject: string, blocksInUse: number) {
    this.#subject = subject;
    this.#memory = ringsBySize(blocksInUse);
    this.#step = this.#steps.next(NOTHING);
  }

  /** What these bytes complete. */
  *push(bytes: Buffer): Generator<Lz4Part, void, undefined> {
    for (let rest = bytes; ; ) {
      const { value } = this.#step;
      if (value.type === 'need') {
        rest = this.#fill(value, rest);
        if (this.#filled < value.bytes) return;
        this.#offset += value.bytes;
        this.#filled = 0;
        this.#step = this.#steps.next(value.memory ?? NOTHING);
      } else {
        yield value;
        this.#step = this.#steps.next(NOTHING);
      }
    }
  }

  /** No more bytes come. */
  end(): void {
    const { value } = this.#step;
    const atEnd = value.type === 'need' && value.optional && this.#filled === 0;
    if (!atEnd) throw this.#damaged(this.#offset + this.#filled, CUT_SHORT);
  }

  /** Takes what is needed of these bytes, and gives the rest. */
  #fill({ bytes, memory }: Need, available: Buffer): Buffer {
    const taken = Math.min(bytes - this.#filled, available.length);
    if (memory !== undefined) available.copy(memory, this.#filled, 0, taken);
    this.#filled += taken;
    return available.subarray(taken);
  }

  *#file(): Steps<never> {
    for (let first = true; ; first = false) {
      const offset = this.#offset;
      const magic = yield* number({ optional: !first });
      if (magic === format.FRAME_MAGIC) yield* this.#frame(offset);
      else if (format.isSkippable(magic)) yield need(yield* number());
      else if (magic === format.LEGACY_MAGIC) throw this.#damaged(offset, 'LZ4 frame of the legacy format');
      else throw this.#damaged(offset, first ? 'not in LZ4 format' : 'trailing garbage');
    }
  }

  *#frame(offset: number): Steps<void> {
    const head = yield needed(format.LEAST_DESCRIPTOR_BYTES);
    const rest = yield needed(format.descriptorBytes(head) - head.length);
    const frame = format.parseDescriptor(Buffer.concat([head, rest]));
    if (typeof frame === 'string') throw this.#damaged(offset, frame);
    yield { type: 'frame', frame };
    for (;;) {
      const start = this.#offset;
      const size = yield* number();
      if (size === format.END_MARK) {
        const checksum = frame.contentChecksum ? yield* number() : undefined;
        yield { type: 'end', checksum, offset: start };
        return;
      }
      yield* this.#block(frame, size, start);
    }
  }

  *#block(frame: format.FrameDescriptor, size: number, offset: number): Steps<void> {
    const raw = size >= format.RAW_BLOCK;
    const length = raw ? size - format.RAW_BLOCK : size;
    if (length > frame.blockBytes) throw this.#damaged(offset, 'LZ4 block larger than its frame allows');
    const bytes = yield need(length, this.#memory(frame.blockBytes).subarray(0, length));
    if (frame.blockChecksums && (yield* number()) !== xxh32(bytes)) {
      throw this.#damaged(offset, 'wrong checksum of an LZ4 block');
    }
    yield { type: 'block', bytes, raw, offset };
  }

  #damaged(offset: number, reason: string): Error {
    return damaged(this.#subject, offset, reason);
  }
}

function need(bytes: number, memory?: Buffer, optional = false): Need {
  return { type: 'need', bytes, memory, optional };
}

function needed(bytes: number, optional = false): Need {
  return need(bytes, Buffer.alloc(bytes), optional);
}

/** Numbers of the format are of four bytes, with the lowest first. */
function* number({ optional = false } = {}): Generator<Need, number, Buffer> {
  return (yield needed(4, optional)).readUInt32LE();
}
