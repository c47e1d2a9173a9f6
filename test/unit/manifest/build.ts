/** Makes backup manifests as the server writes them, for tests. */

import { createHash } from 'node:crypto';
import { type ChecksumAlgorithm, checksumOf } from '../../../lib/manifest/checksum.ts';

/** What a manifest is to be made of. */
export interface ManifestParts {
  readonly files: Readonly<Record<string, Buffer>>;
  readonly version?: 1 | 2;
  readonly algorithm?: ChecksumAlgorithm;
  readonly forceEncode?: boolean;
  /** Timeline, start and end of each range. */
  readonly ranges?: readonly (readonly [number, string, string])[];
}

/** A manifest with a right checksum. */
export function buildManifest({
  files,
  version = 1,
  algorithm = 'CRC32C',
  forceEncode,
  ranges = [[1, '0/2000028', '0/2000100']],
}: ManifestParts): Buffer {
  const system = version === 2 ? '"System-Identifier": 7000000000000000001,\n' : '';
  const entries = Object.entries(files).map(([path, bytes]) => {
    const name = forceEncode
      ? `"Encoded-Path": "${Buffer.from(path).toString('hex')}"`
      : `"Path": ${JSON.stringify(path)}`;
    const checksum =
      algorithm === 'NONE'
        ? ''
        : `, "Checksum-Algorithm": "${algorithm}", "Checksum": "${checksumOf(algorithm, bytes)}"`;
    return `{ ${name}, "Size": ${bytes.length}, "Last-Modified": "2026-11-22 16:02:19 GMT"${checksum} }`;
  });
  const wal = ranges.map(
    ([timeline, start, end]) => `{ "Timeline": ${timeline}, "Start-LSN": "${start}", "End-LSN": "${end}" }`,
  );
  return seal(
    `{ "PostgreSQL-Backup-Manifest-Version": ${version},\n${system}"Files": [\n${entries.join(',\n')}\n],\n` +
      `"WAL-Ranges": [\n${wal.join(',\n')}\n],\n`,
  );
}

/** Puts the line with the manifest's own checksum behind the rest. */
export function seal(text: string): Buffer {
  const checksum = createHash('sha256').update(text).digest('hex');
  return Buffer.from(`${text}"Manifest-Checksum": "${checksum}"}\n`);
}
