/**
 * Memory for a reader whose next read may begin before the last one is used up: three slabs, filled one after
 * the other and lent out in pieces. A piece is free again when the next one is asked for, so no byte is copied and
 * no buffer is allocated after the start.
 *
 *   lent    the piece that the consumer works on, at most one
 *   ready   bytes that were read and not lent: the rest of one slab, and perhaps a full one before it
 *   room    where the next read goes; there is always some, but not always leave to read (see `full`)
 */

/** Bytes of one slab: large enough for few system calls, small enough for the processor's caches. */
export const SLAB_BYTES = 256 * 1024;
const SLABS = 3;
/** A slab with less room than this counts as full: a read into it would not be worth its system call. */
const LEAST_ROOM_BYTES = 32 * 1024;

/** A ring of slabs between one writer and one reader. */
export class Slabs {
  readonly #slabs = Array.from({ length: SLABS }, () => Buffer.allocUnsafeSlow(SLAB_BYTES));
  /** The slab that is read from, and how far it has been lent. */
  #lending = 0;
  #lent = 0;
  /** The slab that is written to, and how far. */
  #filling = 0;
  #filled = 0;
  /** How far each slab was filled when the writer left it. */
  readonly #ends: number[] = Array.from({ length: SLABS }, () => 0);

  /** Where the next read is to go. */
  room(): Buffer {
    return this.#slab(this.#filling).subarray(this.#filled);
  }

  /** Bytes have been read into the room. */
  wrote(bytes: number): void {
    this.#filled += bytes;
    if (SLAB_BYTES - this.#filled >= LEAST_ROOM_BYTES) return;
    this.#ends[this.#filling] = this.#filled;
    this.#filling = (this.#filling + 1) % SLABS;
    this.#filled = 0;
  }

  /**
   * Whether a full slab waits after the one that is lent: reading must pause, or it would reach the slab that is lent.
   */
  get full(): boolean {
    return (this.#filling - this.#lending + SLABS) % SLABS === 2;
  }

  /** All that is ready in one piece, empty if there is nothing. The piece lent before is given up. */
  take(): Buffer {
    if (this.#lending !== this.#filling && this.#lent === this.#end()) {
      this.#lending = (this.#lending + 1) % SLABS;
      this.#lent = 0;
    }
    const piece = this.#slab(this.#lending).subarray(this.#lent, this.#end());
    this.#lent += piece.length;
    return piece;
  }

  #end(): number {
    return this.#lending === this.#filling ? this.#filled : (this.#ends[this.#lending] ?? 0);
  }

  #slab(index: number): Buffer {
    return this.#slabs[index] ?? Buffer.alloc(0);
  }
}
