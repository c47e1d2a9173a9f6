/**
 * A file that is read in parts, by several threads: what they have found of the parts in, what it is of the whole file
 * out. Checksums that cannot be joined are computed here, when a part goes out.
 */

import { closeSync, fstatSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { type ByteRange, cutIntoParts, pageCache } from '../../io/page-cache.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  createChecksum,
  joinCrc32c,
} from '../../manifest/checksum.ts';
import { joinReports, type PageReport } from '../../page/page-report.ts';
import { type FileIdentity, type FilePart, type FoundContents, SLAB_BYTES } from '../reading/fill-job.ts';
import { canBeJoined, insistOnUnchanged } from '../reading/filler.ts';

/** An open file; close() closes it. */
export class PartedFile {
  readonly #fd: number;
  readonly #path: string;
  readonly #identity: FileIdentity | undefined;
  readonly #wantsChecksum: boolean;
  /** Undefined if the checksums of parts are joined. */
  readonly #sum: Checksum | undefined;
  #joined: string | undefined;
  /** What of it was not in the system's memory before. */
  #absent: readonly ByteRange[] = [];
  #report: PageReport | undefined;

  constructor(fd: number, path: string, algorithm: ChecksumAlgorithm, identity: FileIdentity | undefined) {
    this.#fd = fd;
    this.#path = path;
    this.#identity = identity;
    this.#wantsChecksum = algorithm !== 'NONE';
    this.#sum = canBeJoined({ algorithm }) ? undefined : createChecksum(algorithm);
  }

  /** Its parts, each as large as a slab, but for the last. */
  *parts(size: number, firstBlock: number | undefined, blockBytes = 1): Generator<FilePart, void, undefined> {
    const cache = pageCache();
    cache?.readInOrder(this.#fd);
    this.#absent = cache?.absent(this.#fd, size) ?? [];
    const absent = cutIntoParts(this.#absent, SLAB_BYTES);
    for (let offset = 0; offset < size; offset += SLAB_BYTES) {
      const range = { offset, bytes: Math.min(SLAB_BYTES, size - offset) };
      yield {
        kind: 'part',
        fd: this.#fd,
        path: this.#path,
        ...range,
        checksum: this.#wantsChecksum,
        firstBlock: firstBlock === undefined ? undefined : firstBlock + offset / blockBytes,
        absent: absent.get(offset) ?? [],
      };
    }
  }

  /** What was found of the next part, which is at the beginning of this slab. */
  add({ bytes }: FilePart, found: FoundContents | undefined, slab: Buffer): void {
    if (found === undefined) return;
    this.#sum?.update(slab.subarray(0, bytes));
    const { checksum, pages } = found;
    this.#joined = this.#joined === undefined ? checksum : joinCrc32c(this.#joined, checksum, bytes);
    this.#report =
      this.#report === undefined || pages === undefined ? pages : joinReports(this.#report, pages);
  }

  /** All parts have been added. Throws TroubleError if the file has changed although it must not. */
  close(): { readonly checksum: string; readonly report: PageReport | undefined } {
    try {
      if (this.#identity !== undefined) insistOnUnchanged(this.#fd, this.#path, this.#identity);
      // What was read ahead of a part that was given up already.
      for (const range of this.#absent) pageCache()?.giveUp(this.#fd, range);
    } finally {
      closeSync(this.#fd);
    }
    return { checksum: this.#sum?.digest() ?? this.#joined ?? '', report: this.#report };
  }
}

/** Throws TroubleError if the open file has lost its name: WAL that the server recycles becomes other WAL. */
export function insistOnName(fd: number, path: string): void {
  const named = attempt(`could not stat file "${path}"`, () => statSync(path, { throwIfNoEntry: false }));
  if (named?.ino === fstatSync(fd).ino) return;
  throw new TroubleError(`requested WAL segment "${basename(path)}" has already been removed`, {
    hint: 'Let the server keep it: without --no-slot, or with a larger "wal_keep_size".',
  });
}
