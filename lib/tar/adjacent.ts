/**
 * Joins the pieces into which a reader has cut bytes: pieces that are adjacent in memory become one, without a copy. So
 * an archive of small members goes out in as few pieces as it came in.
 */

/** Pieces in a row. */
export class Adjacent {
  #parts: Buffer[] = [];
  /** The first of the adjacent pieces, and the length of them all. */
  #first: Buffer = Buffer.alloc(0);
  #bytes = 0;

  /** Adds the piece that follows. */
  add(piece: Buffer): void {
    const adjacent =
      piece.buffer === this.#first.buffer && piece.byteOffset === this.#first.byteOffset + this.#bytes;
    if (!adjacent) {
      this.#join();
      this.#first = piece;
    }
    this.#bytes += piece.length;
  }

  /** All pieces since the last call. */
  take(): readonly Buffer[] {
    this.#join();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  #join(): void {
    const { buffer, byteOffset } = this.#first;
    if (this.#bytes > 0) this.#parts.push(Buffer.from(buffer, byteOffset, this.#bytes));
    this.#bytes = 0;
  }
}
