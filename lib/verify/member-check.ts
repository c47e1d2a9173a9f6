/**
 * What is computed of one member of an archive while it passes: its checksum, its pages, and, of the few small files that
 * tell of the backup itself, the contents.
 */

import { type Checksum, type ChecksumAlgorithm, createChecksum } from '../manifest/checksum.ts';
import type { FilePages, FilePagesReport } from '../page/file-pages.ts';

/** What became known of a file. */
export interface MemberResult {
  readonly path: string;
  readonly archive: string;
  readonly size: number;
  readonly checksum: string;
  readonly pages: FilePagesReport | undefined;
  /** Empty unless they were to be kept. */
  readonly contents: Buffer;
}

/** How to look at a member. */
export interface MemberOptions {
  readonly archive: string;
  readonly path: string;
  readonly algorithm: ChecksumAlgorithm;
  readonly pages: FilePages | undefined;
  readonly keep: boolean;
}

/** Takes one member. */
export class MemberCheck {
  readonly #options: MemberOptions;
  readonly #checksum: Checksum;
  readonly #kept: Buffer[] = [];
  #size = 0;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#checksum = createChecksum(options.algorithm);
  }

  /** Takes the next piece, which is not needed any more afterwards. */
  push(piece: Buffer): void {
    this.#size += piece.length;
    this.#checksum.update(piece);
    this.#options.pages?.push(piece);
    if (this.#options.keep) this.#kept.push(Buffer.from(piece));
  }

  end(): MemberResult {
    const { archive, path, pages } = this.#options;
    const checksum = this.#checksum.digest();
    return {
      archive,
      path,
      size: this.#size,
      checksum,
      pages: pages?.end(),
      contents: Buffer.concat(this.#kept),
    };
  }
}
