/**
 * What is computed of one member of an archive while it passes: its checksum, its pages, and, of control files, the
 * contents.
 */

import { type ChecksumAlgorithm, createChecksum } from '../../manifest/checksum.ts';
import type { FileContents, FoundFile } from '../records/found-backup.ts';
import type { MemberSink } from './archive-members.ts';
import type { PagesOfFile } from './streamed-pages.ts';

/** A file by its name, and what is in it. There may be a million of these, so it is kept small. */
export interface StreamedFile extends FoundFile, FileContents {
  /** By which block size its pages were checked, if they were. */
  readonly blockBytes: number | undefined;
}

/** How to look at a member. */
export interface MemberOptions {
  readonly archive: string;
  readonly path: string;
  readonly algorithm: ChecksumAlgorithm;
  /** What takes its pages, or why they are not checked; undefined if it has none. */
  readonly pages: PagesOfFile | string | undefined;
  readonly keep: boolean;
}

/** Takes one member, and says at its end what it was; the contents are undefined unless they were to be kept. */
export function takeMember(
  { archive, path, algorithm, pages, keep }: MemberOptions,
  done: (file: StreamedFile, contents: Buffer | undefined) => void,
): MemberSink {
  const checksum = createChecksum(algorithm);
  const kept: Buffer[] = [];
  const checked = typeof pages === 'object' ? pages : undefined;
  const unchecked = typeof pages === 'object' ? undefined : pages;
  let bytes = 0;
  return {
    push: (piece) => {
      bytes += piece.length;
      checksum.update(piece);
      checked?.push(piece);
      if (keep) kept.push(Buffer.from(piece));
    },
    end: () => {
      const digest = checksum.digest();
      const seen = checked?.end() ?? unchecked;
      const blockBytes = checked?.blockBytes;
      done(
        {
          type: 'file',
          path,
          archive,
          size: bytes,
          bytes,
          algorithm,
          checksum: digest,
          pages: seen,
          blockBytes,
        },
        keep ? Buffer.concat(kept) : undefined,
      );
    },
  };
}
