/**
 * Chains of three backups of a relation in many segments of 1 GiB, in each of which scattered blocks have changed. Only
 * the lengths and the block numbers are real: the full backup's segments have one page, and all pages are holes.
 */

import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { combineCrc32c, crc32cOfZeros } from '../../lib/crc/combine.ts';
import { crc32c } from '../../lib/crc/crc32c.ts';
import { formatCrc32c } from '../../lib/manifest/checksum.ts';
import { ManifestComposer } from '../../lib/manifest/composer.ts';
import { formatLsn } from '../../lib/postgres/lsn.ts';
import { incrementalFile } from '../unit/page/incremental-file.ts';
import { controlFile, LAYOUTS } from '../unit/postgres/control-file.ts';
import type { Material } from './material.ts';

const BLOCK_BYTES = 8192;
const SEGMENT_BLOCKS = 131072;
const SIZES = [64, 1024] as const;
const BACKUPS = 3;
/** One block in so many has changed before each incremental backup. */
const CHANGED = 800;
const IDENTIFIER = 7_000_000_000_000_000_001n;
const LSN = 0x1000000n;
const DIRECTORIES = [
  ...[
    'base/5',
    'global',
    'pg_commit_ts',
    'pg_dynshmem',
    'pg_logical/mappings',
    'pg_logical/snapshots',
    'pg_notify',
  ],
  ...['pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_stat', 'pg_stat_tmp', 'pg_subtrans', 'pg_tblspc'],
  ...['pg_twophase', 'pg_wal', 'pg_xact'],
];

/** Where the chain of so many segments is, the full backup first. */
export function tebibyteOf({ folder }: Pick<Material, 'folder'>, segments: number): string[] {
  return Array.from({ length: BACKUPS }, (_, number) => join(folder, `segments-${segments}`, String(number)));
}

/** Makes the chains. */
export function makeTebibyte(material: Pick<Material, 'folder'>): void {
  for (const segments of SIZES)
    for (const [number, place] of tebibyteOf(material, segments).entries())
      writeBackup(place, number, segments);
}

/** A file that begins with these bytes, after which there is a hole. */
interface SparseFile {
  readonly bytes: Buffer;
  readonly size: number;
}

function writeBackup(place: string, number: number, segments: number): void {
  for (const path of DIRECTORIES) mkdirSync(join(place, path), { recursive: true, mode: 0o700 });
  const manifest = new ManifestComposer({ major: 18, systemIdentifier: IDENTIFIER, forceEncode: false });
  const start = LSN * BigInt(number + 1);
  for (const [path, { bytes, size }] of filesOf(number, start, segments)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    const fd = openSync(join(place, path), 'w', 0o600);
    writeSync(fd, bytes);
    ftruncateSync(fd, size);
    closeSync(fd);
    const hole = size - bytes.length;
    const checksum = formatCrc32c(combineCrc32c(crc32c(bytes), crc32cOfZeros(hole), hole));
    manifest.add({ path, size, mtime: 0, algorithm: 'CRC32C', checksum });
  }
  const range = { timeline: 1, start, end: start + 256n };
  writeFileSync(join(place, 'backup_manifest'), Buffer.concat(manifest.end([range])));
}

function* filesOf(number: number, start: bigint, segments: number): Generator<[string, SparseFile]> {
  const whole = (bytes: Buffer): SparseFile => ({ bytes, size: bytes.length });
  const label = [
    `START WAL LOCATION: ${formatLsn(start)} (file 000000010000000000000001)`,
    'START TIMELINE: 1',
    ...(number === 0 ? [] : [`INCREMENTAL FROM LSN: ${formatLsn(start - LSN)}`, 'INCREMENTAL FROM TLI: 1']),
  ];
  yield ['backup_label', whole(Buffer.from(`${label.join('\n')}\n`))];
  yield ['PG_VERSION', whole(Buffer.from('18\n'))];
  const page: SparseFile = { bytes: Buffer.alloc(0), size: BLOCK_BYTES };
  const changed = changedFile(number);
  for (let segment = 0; segment < segments; segment++) {
    const name = segment === 0 ? '16384' : `16384.${segment}`;
    yield number === 0 ? [`base/5/${name}`, page] : [`base/5/INCREMENTAL.${name}`, changed];
  }
  const sizes = [BLOCK_BYTES, SEGMENT_BLOCKS, BLOCK_BYTES, 16 * 1024 ** 2] as const;
  yield ['global/pg_control', whole(controlFile(LAYOUTS[18], { sizes }))];
}

function changedFile(number: number): SparseFile {
  const count = Math.floor(SEGMENT_BLOCKS / CHANGED);
  const blocks = Array.from({ length: count }, (_, index) => CHANGED * index + number);
  const head = incrementalFile({ blocks, truncation: SEGMENT_BLOCKS, page: () => Buffer.alloc(0) });
  return { bytes: head, size: head.length + count * BLOCK_BYTES };
}
