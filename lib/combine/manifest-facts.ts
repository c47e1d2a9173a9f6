/** What a manifest says of the backup as a whole: its bytes in; the algorithm of its checksums and the end of WAL out. */

import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import { ManifestParser } from '../manifest/parse.ts';
import type { WalRange } from '../manifest/values.ts';
import { backupEnd } from '../manifest/wal-ranges.ts';
import type { Position } from '../stream/frame.ts';

/** The facts. */
export interface ManifestFacts {
  /** A server gives all files the same. */
  readonly algorithm: ChecksumAlgorithm;
  /** Up to where WAL is needed. */
  readonly end: Position | undefined;
}

/** Reads a manifest. Throws BackupError if it is not good. */
export function readManifestFacts(manifest: Buffer): ManifestFacts {
  const ranges: WalRange[] = [];
  let algorithm: ChecksumAlgorithm | undefined;
  const parser = new ManifestParser({
    version() {},
    systemIdentifier() {},
    file(file) {
      algorithm ??= file.algorithm;
    },
    walRange(range) {
      ranges.push(range);
    },
  });
  parser.push(manifest);
  parser.end();
  const last = backupEnd(ranges);
  return {
    algorithm: algorithm ?? 'NONE',
    end: last === undefined ? undefined : { lsn: last.end, timeline: last.timeline },
  };
}
