/**
 * Cuts files into parts that several threads can read, and puts together what they found out. Only CRCs can be
 * joined, so files with other checksums stay whole; and incremental files do, of which only the beginning says what the
 * pages are.
 */

import { joinCrc32c } from '../../manifest/checksum.ts';
import type { ManifestFile } from '../../manifest/values.ts';
import { joinReports } from '../../page/page-report.ts';
import type { PagedFile } from '../records/page-scope.ts';
import type { FilePart, PartContents } from './file-reader.ts';

/** A multiple of every block size; small enough that threads end at about the same time. */
const PART_BYTES = 32 * 1024 * 1024;

/** What is wanted of a file. */
export interface Wanted {
  readonly file: ManifestFile;
  /** Where it is; bytes if the name is not UTF-8. */
  readonly full: string | Buffer;
  readonly checksum: boolean;
  /** The pages that are to be checked. */
  readonly pages: PagedFile | undefined;
  readonly blockBytes: number;
}

/** The parts of a file: at least one, if anything of it is to be read. */
export function* partsOf({ file, full, checksum, pages, blockBytes }: Wanted): Generator<FilePart> {
  if (!checksum && pages === undefined) return;
  const { path, size } = file;
  const algorithm = checksum ? file.algorithm : 'NONE';
  const canBeCut = (algorithm === 'CRC32C' || algorithm === 'NONE') && pages?.incremental !== true;
  for (let offset = 0; ; offset += PART_BYTES) {
    const isLast = !canBeCut || offset + PART_BYTES >= size;
    const part = pages && { ...pages, firstBlock: pages.firstBlock + offset / blockBytes };
    const bytes = isLast ? undefined : PART_BYTES;
    yield { full, path, offset, bytes, algorithm, pages: part };
    if (isLast) return;
  }
}

/** What two parts are together, of which the second follows upon the first. */
export function joinParts(first: PartContents, second: PartContents): PartContents {
  const trouble = first.trouble ?? second.trouble;
  const pages =
    first.pages === undefined || second.pages === undefined
      ? undefined
      : joinReports(first.pages, second.pages);
  return {
    bytes: first.bytes + second.bytes,
    checksum: joinCrc32c(first.checksum, second.checksum, second.bytes),
    pages,
    ...(trouble === undefined ? {} : { trouble }),
  };
}
