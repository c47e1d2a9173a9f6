/** WAL that lies in a directory or a tar of segment files, in any order, and is read when it is to be checked. */

import type { WalRange } from '../../manifest/values.ts';
import { backupStart } from '../../manifest/wal-ranges.ts';
import { isSegmentSize, segmentStart } from '../../postgres/wal-segment.ts';
import { checkWalRange, type WalSource } from '../../wal/check/check-range.ts';
import type { WalExpectation } from '../../wal/check/expectation.ts';
import type { WalRangeChecker } from '../../wal/check/range-checker.ts';
import type { ControlFiles } from '../records/control-files.ts';
import type { FoundWal, OpenWal } from '../records/found-backup.ts';
import { isHistory, isNeeded, MAX_HISTORY_BYTES } from '../records/wal-names.ts';
import type { WalFile, WalFiles } from './wal-file.ts';
import { openWalFiles } from './wal-files.ts';

const BUFFER_BYTES = 256 * 1024;

/** What all WAL of a cluster has in common. */
type ClusterFacts = Pick<WalExpectation, 'segmentBytes' | 'systemIdentifier' | 'version'>;

/** The WAL in the directory or the tar of that path. */
export class StoredWal implements FoundWal {
  readonly hasArchive = true;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  obstacle({ control }: ControlFiles): string | undefined {
    if (control === undefined) return 'the control file was not read';
    return isSegmentSize(control.walSegmentBytes) ? undefined : 'the control file has no valid segment size';
  }

  async open(ranges: readonly WalRange[], { control, version }: ControlFiles): Promise<OpenWal> {
    if (control === undefined) throw new Error('WAL cannot be read without a control file');
    const { walSegmentBytes: segmentBytes, systemIdentifier } = control;
    const isWanted = (name: string) => isHistory(name) || isNeeded(name, ranges, segmentBytes);
    const files = await openWalFiles(this.#path, isWanted);
    const cluster = { segmentBytes, systemIdentifier, version };
    return new WalReader(files, isWanted, cluster, backupStart(ranges)?.timeline);
  }
}

class WalReader implements OpenWal {
  readonly segmentBytes: number;
  readonly #files: WalFiles;
  readonly #isWanted: (name: string) => boolean;
  readonly #cluster: ClusterFacts;
  readonly #oldest: number | undefined;

  constructor(
    files: WalFiles,
    isWanted: (name: string) => boolean,
    cluster: ClusterFacts,
    oldestTimeline: number | undefined,
  ) {
    this.segmentBytes = cluster.segmentBytes;
    this.#files = files;
    this.#isWanted = isWanted;
    this.#cluster = cluster;
    this.#oldest = oldestTimeline;
  }

  *sizes(): Generator<readonly [string, number]> {
    for (const name of this.#files.names()) {
      const file = this.#isWanted(name) ? this.#files.open(name) : undefined;
      if (file === undefined) continue;
      yield [name, file.size];
      file.close();
    }
  }

  history(name: string): Buffer | undefined {
    const file = this.#files.open(name);
    if (file === undefined) return undefined;
    try {
      // One byte more tells a file that is too large.
      const buffer = Buffer.alloc(MAX_HISTORY_BYTES + 1);
      return buffer.subarray(0, file.read(buffer, 0));
    } finally {
      file.close();
    }
  }

  async check({ timeline, start: begin, end }: WalRange): Promise<WalRangeChecker> {
    // Recovery reads a segment in which a timeline branched off from that timeline's file, all of it.
    const isBranch = timeline !== this.#oldest;
    const start = isBranch ? segmentStart(begin, this.segmentBytes) : begin;
    return await checkWalRange({ ...this.#cluster, timeline, start, isBranch }, end, this.#source(), begin);
  }

  async close(): Promise<void> {
    await this.#files.close();
  }

  #source(): WalSource {
    const buffer = Buffer.alloc(BUFFER_BYTES);
    return (segment, offset) => {
      const file = this.#files.open(segment);
      return file === undefined ? undefined : readFrom(file, offset, this.segmentBytes, buffer);
    };
  }
}

/** What a file has after the end of its segment is not WAL. */
async function* readFrom(
  file: WalFile,
  offset: number,
  segmentBytes: number,
  buffer: Buffer,
): AsyncGenerator<Buffer> {
  try {
    for (let at = offset; at < segmentBytes; ) {
      const bytes = file.read(buffer.subarray(0, segmentBytes - at), at);
      if (bytes === 0) return;
      yield buffer.subarray(0, bytes);
      at += bytes;
    }
  } finally {
    file.close();
  }
}
