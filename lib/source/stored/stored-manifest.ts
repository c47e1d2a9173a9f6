/** What the manifest of a stored backup says of the whole: its bytes in, WAL ranges and system identifier out. */

import { ManifestParser } from '../../manifest/parse.ts';
import type { WalRange } from '../../manifest/values.ts';
import { backupEnd } from '../../manifest/wal-ranges.ts';
import type { Position } from '../../stream/frame.ts';

/** Nothing is kept of its files. */
export interface StoredManifest {
  readonly ranges: readonly WalRange[];
  /** Undefined before version 17. */
  readonly systemIdentifier: bigint | undefined;
}

/** Reads it to its end. Throws BackupError if it is malformed or its own checksum does not match. */
export async function readStoredManifest(pieces: AsyncIterable<Buffer>): Promise<StoredManifest> {
  const ranges: WalRange[] = [];
  let systemIdentifier: bigint | undefined;
  const parser = new ManifestParser({
    version() {},
    systemIdentifier(identifier) {
      systemIdentifier = identifier;
    },
    file() {},
    walRange(range) {
      ranges.push(range);
    },
  });
  for await (const piece of pieces) parser.push(piece);
  parser.end();
  return { ranges, systemIdentifier };
}

/** Where the backup ends; undefined if the manifest does not say it. */
export function stopOf({ ranges }: StoredManifest): Position | undefined {
  const end = backupEnd(ranges);
  return end === undefined ? undefined : { lsn: end.end, timeline: end.timeline };
}
