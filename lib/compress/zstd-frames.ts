/**
 * Where the frames of a zstd file end (RFC 8878, section 3): bytes in, of which only the headers are looked at.
 *
 *   magic  descriptor  [window] [dictionary] [content size]  { block header, block }  [checksum]
 *   magic to be skipped  size  bytes
 */

const MAGIC = 0xfd2fb528;
/** Sixteen magic numbers begin a skippable frame. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;

/** The lowest bits of a frame's descriptor, and the highest. */
const DICTIONARY_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const CHECKSUM_FLAG = 0b0000_0100;
const SINGLE_SEGMENT_FLAG = 0b0010_0000;
const CHECKSUM_BYTES = 4;

/** A block's header: whether it is the last, its type, its size. A repeated byte is stored once. */
const BLOCK_HEADER_BYTES = 3;
const REPEATED = 1;

/** Asks for a number of bytes, and is given them if they are a header; contents of blocks are passed over. */
type Headers = Generator<number, void, Buffer>;
const MOST_HEADER_BYTES = 4;

/** Follows one file. */
export class ZstdFrames {
  readonly #kept = Buffer.alloc(MOST_HEADER_BYTES);
  #headers = frame();
  #wanted = this.#next();
  #filled = 0;
  #between = true;

  /** Whether the last byte was the last of a frame, or none has come. */
  get between(): boolean {
    return this.#between;
  }

  /**
   * How many of these bytes belong to the current frame, or to the one that begins with them. There must be some bytes.
   */
  take(bytes: Buffer): number {
    let position = 0;
    do {
      const taken = Math.min(this.#wanted - this.#filled, bytes.length - position);
      if (this.#wanted <= MOST_HEADER_BYTES) bytes.copy(this.#kept, this.#filled, position, position + taken);
      this.#filled += taken;
      position += taken;
      this.#between = this.#filled === this.#wanted && this.#advance();
    } while (position < bytes.length && !this.#between);
    return position;
  }

  /** Goes on to the next bytes that are needed. Says whether they begin another frame. */
  #advance(): boolean {
    this.#filled = 0;
    this.#wanted = this.#next();
    if (this.#wanted > 0) return false;
    this.#headers = frame();
    this.#wanted = this.#next();
    return true;
  }

  /** Zero at the end of a frame. */
  #next(): number {
    const { value, done } = this.#headers.next(this.#kept);
    return done || value === undefined ? 0 : value;
  }
}

/** What is no frame has no end: the decoder complains about it. */
function* frame(): Headers {
  const magic = (yield 4).readUInt32LE();
  if (magic === MAGIC) return yield* blocks();
  if ((magic & SKIPPABLE_MASK) >>> 0 !== SKIPPABLE_MAGIC) yield Number.POSITIVE_INFINITY;
  const size = (yield 4).readUInt32LE();
  if (size > 0) yield size;
}

function* blocks(): Headers {
  const [descriptor = 0] = yield 1;
  const rest = headerBytes(descriptor);
  if (rest > 0) yield rest;
  for (;;) {
    const header = (yield BLOCK_HEADER_BYTES).readUIntLE(0, BLOCK_HEADER_BYTES);
    const stored = ((header >> 1) & 0b11) === REPEATED ? 1 : header >> 3;
    if (stored > 0) yield stored;
    if (header & 1) break;
  }
  if (descriptor & CHECKSUM_FLAG) yield CHECKSUM_BYTES;
}

/** What comes between the descriptor and the first block. */
function headerBytes(descriptor: number): number {
  const single = (descriptor & SINGLE_SEGMENT_FLAG) !== 0;
  const dictionary = DICTIONARY_BYTES[descriptor & 0b11] ?? 0;
  const content = CONTENT_SIZE_BYTES[descriptor >> 6] ?? 0;
  return (single ? 0 : 1) + dictionary + (single && content === 0 ? 1 : content);
}
