/**
 * What the system keeps of a file in memory (mincore(2), posix_fadvise(2)), so that somebody who reads much, and only
 * once, can leave the memory as it was. For the owner of a file, mincore() tells the truth; for others it says that
 * everything is there, and then nothing is given up. koffi makes the calls; where it is missing, nothing is done.
 */

import { loadLibc } from './koffi.ts';
import { lazy } from './lazy.ts';

/** Bytes of a file. */
export interface ByteRange {
  readonly offset: number;
  readonly bytes: number;
}

/** The calls for open files. */
export interface PageCache {
  /** Reads ahead as far as it makes sense for a file that is read from its beginning to its end. */
  readInOrder(fd: number): void;
  /** The ranges of the first bytes of the file that are not in memory. */
  absent(fd: number, bytes: number): readonly ByteRange[];
  /** Gives up what is in memory of a range, but for what has not been written to disk yet. */
  giveUp(fd: number, range: ByteRange): void;
}

const PROT_READ = 1;
const MAP_SHARED = 1;
const POSIX_FADV_SEQUENTIAL = 2;
const POSIX_FADV_DONTNEED = 4;
const IN_MEMORY = 1;
const ABSENT = 0;

/** Undefined where the system cannot be asked. */
export const pageCache = lazy<PageCache | undefined>(() => {
  if (process.platform !== 'linux') return undefined;
  try {
    return load();
  } catch {
    return undefined; // koffi is not installed, or this is another C library (musl)
  }
});

function load(): PageCache {
  const libc = loadLibc();
  const mmap = libc.func(
    'int64_t mmap(int64_t at, size_t bytes, int protection, int flags, int fd, int64_t offset)',
  );
  const mincore = libc.func('int mincore(int64_t at, size_t bytes, uint8_t *pages)');
  const munmap = libc.func('int munmap(int64_t at, size_t bytes)');
  const fadvise = libc.func('int posix_fadvise(int fd, int64_t offset, int64_t bytes, int advice)');
  const pageBytes = Number(libc.func('int getpagesize()')());
  const absent = (fd: number, bytes: number): readonly ByteRange[] => {
    if (bytes === 0) return [];
    const at = mmap(0, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (Number(at) === -1) return [];
    const pages = Buffer.alloc(Math.ceil(bytes / pageBytes), IN_MEMORY);
    const answered = mincore(at, bytes, pages) === 0;
    munmap(at, bytes);
    return answered ? [...absentRanges(pages, pageBytes)] : [];
  };
  return {
    readInOrder: (fd) => fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL),
    absent,
    giveUp: (fd, { offset, bytes }) => fadvise(fd, offset, bytes, POSIX_FADV_DONTNEED),
  };
}

/** One byte a page: 1 if it is in memory. */
function* absentRanges(pages: Buffer, pageBytes: number): Generator<ByteRange, void, undefined> {
  for (let from = pages.indexOf(ABSENT); from >= 0; ) {
    const next = pages.indexOf(IN_MEMORY, from);
    const end = next < 0 ? pages.length : next;
    yield { offset: from * pageBytes, bytes: (end - from) * pageBytes };
    from = next < 0 ? -1 : pages.indexOf(ABSENT, next);
  }
}

/** The ranges cut into those of each part of a file, by where the part begins; all parts have this length. */
export function cutIntoParts(
  ranges: readonly ByteRange[],
  partBytes: number,
): ReadonlyMap<number, readonly ByteRange[]> {
  const parts = new Map<number, ByteRange[]>();
  for (const { offset, bytes } of ranges) {
    const end = offset + bytes;
    for (let at = offset; at < end; ) {
      const part = at - (at % partBytes);
      const next = Math.min(end, part + partBytes);
      parts.set(part, [...(parts.get(part) ?? []), { offset: at, bytes: next - at }]);
      at = next;
    }
  }
  return parts;
}
