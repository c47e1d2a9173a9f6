/**
 * What is computed of one member of an archive while it passes: its checksum, its pages, and, of control files, the
 * contents.
 */

import { type ChecksumAlgorithm, createChecksum } from '../../manifest/checksum.ts';
import type { PageReport } from '../../page/page-report.ts';
import type { FileContents, FoundFile } from '../records/found-backup.ts';
import type { MemberSink } from './archive-members.ts';
import type { PagesOfFile } from './streamed-pages.ts';

/** A file by its name, and what is in it. There may be a million of these, so it is kept small. */
export class StreamedFile implements FoundFile, FileContents {
  readonly path: string;
  readonly archive: string;
  readonly bytes: number;
  readonly algorithm: ChecksumAlgorithm;
  readonly checksum: string;
  readonly pages: PageReport | string | undefined;
  /** By which block size its pages were checked, if they were. */
  readonly blockBytes: number | undefined;

  constructor({ path, archive, algorithm, pages }: MemberOptions, bytes: number, checksum: string) {
    this.path = path;
    this.archive = archive;
    this.bytes = bytes;
    this.algorithm = algorithm;
    this.checksum = checksum;
    const isChecked = typeof pages === 'object';
    this.pages = isChecked ? pages.end() : pages;
    this.blockBytes = isChecked ? pages.blockBytes : undefined;
  }

  get type(): 'file' {
    return 'file';
  }

  get size(): number {
    return this.bytes;
  }
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
  options: MemberOptions,
  done: (file: StreamedFile, contents: Buffer | undefined) => void,
): MemberSink {
  const { algorithm, pages, keep } = options;
  const checksum = createChecksum(algorithm);
  const kept: Buffer[] = [];
  const checked = typeof pages === 'object' ? pages : undefined;
  let bytes = 0;
  return {
    push: (piece) => {
      bytes += piece.length;
      checksum.update(piece);
      checked?.push(piece);
      if (keep) kept.push(Buffer.from(piece));
    },
    end: () => {
      const file = new StreamedFile(options, bytes, checksum.digest());
      done(file, keep ? Buffer.concat(kept) : undefined);
    },
  };
}
