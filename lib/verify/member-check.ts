/**
 * What is computed of one member of an archive while it passes: its checksum, its pages, and, of the few small files that
 * tell of the backup itself, the contents.
 */

import { type ChecksumAlgorithm, createChecksum } from '../manifest/checksum.ts';
import type { MemberSink } from './archive-check.ts';

/** What became known of a file. */
export interface FoundFile {
  readonly path: string;
  readonly archive: string;
  readonly size: number;
  readonly algorithm: ChecksumAlgorithm;
  readonly checksum: string;
}

/** How to look at a member. */
export interface MemberOptions {
  readonly archive: string;
  readonly path: string;
  readonly algorithm: ChecksumAlgorithm;
  readonly pages: MemberSink | undefined;
  readonly keep: boolean;
}

/** Takes one member, and says at its end what it was. */
export function checkMember(
  { archive, path, algorithm, pages, keep }: MemberOptions,
  done: (found: FoundFile, contents: Buffer) => void,
): MemberSink {
  const checksum = createChecksum(algorithm);
  const kept: Buffer[] = [];
  let size = 0;
  return {
    push: (piece) => {
      size += piece.length;
      checksum.update(piece);
      pages?.push(piece);
      if (keep) kept.push(Buffer.from(piece));
    },
    end: () => {
      pages?.end();
      done({ archive, path, size, algorithm, checksum: checksum.digest() }, Buffer.concat(kept));
    },
  };
}
