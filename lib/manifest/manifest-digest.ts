/**
 * The checksum that a manifest has of itself: SHA-256 of everything before its last line (see
 * verify_manifest_checksum() in src/common/parse_manifest.c). Where the last line begins is known only at the end, so
 * copies of the hash are kept: as it was at the last newline, and at the newline before.
 */

import { createHash, type Hash } from 'node:crypto';

const NEWLINE = '\n'.charCodeAt(0);

/** Computes it from pieces. */
export class ManifestDigest {
  /** How many newlines came, up to two. */
  #newlines = 0;
  #endsWithNewline = false;
  readonly #hash = createHash('sha256');
  #atLastNewline: Hash = this.#hash.copy();
  #atNewlineBefore: Hash = this.#hash.copy();

  update(piece: Buffer): void {
    if (piece.length === 0) return;
    const last = piece.lastIndexOf(NEWLINE);
    const before = last > 0 ? piece.lastIndexOf(NEWLINE, last - 1) : -1;
    if (before >= 0) this.#passNewline(piece.subarray(0, before + 1));
    if (last >= 0) this.#passNewline(piece.subarray(before + 1, last + 1));
    this.#hash.update(piece.subarray(last + 1));
    this.#endsWithNewline = last === piece.length - 1;
  }

  /** Whether there are two lines at least. */
  get hasLines(): boolean {
    return this.#newlines >= 2;
  }

  /** Whether the last line is whole. */
  get endsWithNewline(): boolean {
    return this.#endsWithNewline;
  }

  /** Hexadecimal; to be called once, at the end. */
  digest(): string {
    return this.#atNewlineBefore.digest('hex');
  }

  #passNewline(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#newlines = Math.min(this.#newlines + 1, 2);
    this.#atNewlineBefore = this.#atLastNewline;
    this.#atLastNewline = this.#hash.copy();
  }
}
