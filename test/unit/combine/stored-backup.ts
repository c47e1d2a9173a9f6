/** Makes backups of a small cluster of PostgreSQL 18, stored as archives, and combines them. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newestFirst } from '../../../lib/combine/chain.ts';
import { combineBackups } from '../../../lib/combine/combine.ts';
import { streamCombined } from '../../../lib/combine/combine-stream.ts';
import { type Input, inspect } from '../../../lib/combine/input.ts';
import { NewestBackup } from '../../../lib/combine/newest-backup.ts';
import { CombineSpool } from '../../../lib/combine/spool.ts';
import type { ChecksumAlgorithm } from '../../../lib/manifest/checksum.ts';
import { extract } from '../../../lib/restore/extract.ts';
import type { RestoreStep } from '../../../lib/restore/step.ts';
import { encode } from '../../../lib/stream/encode.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import type { TablespaceMapping } from '../../../lib/tablespaces/mapping.ts';
import { buildManifest } from '../manifest/build.ts';
import { controlFile, LAYOUTS } from '../postgres/control-file.ts';
import { directory, file, tar } from '../tar/build.ts';

export const BLOCK_BYTES = 1024;
export const SEGMENT_BLOCKS = 64;
/** Each backup ends so far after its start; they are numbered. */
const LSNS_APART = 0x100;

const DIRECTORIES = [
  'base',
  'base/5',
  'pg_commit_ts',
  'pg_logical',
  'pg_logical/mappings',
  'pg_logical/snapshots',
  'pg_notify',
  'pg_replslot',
  'pg_subtrans',
  'pg_tblspc',
  'pg_twophase',
  'pg_wal',
  'global',
];

/** What is special about a backup. */
export interface BackupParts {
  /** Its place in the chain: 0 for the full one. */
  readonly number: number;
  /** The one before it; none for a full backup. */
  readonly from?: number | undefined;
  /** Files in base/5, by name. */
  readonly files: Readonly<Record<string, Buffer>>;
  /** Files of the database in tablespaces, by OID and name; for archives only. */
  readonly tablespaces?: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
  /** Files elsewhere in the data directory, by path. */
  readonly others?: Readonly<Record<string, Buffer>>;
  readonly algorithm?: ChecksumAlgorithm;
  /** Files whose contents are changed after the manifest was made. */
  readonly damaged?: Readonly<Record<string, Buffer>>;
  readonly control?: Buffer;
  /** How it is stored: as a directory of archives if not given. */
  readonly form?: 'archives' | 'plain' | 'tar';
}

/** Where a tablespace is on the server. */
export const locationOf = (oid: string) => `/ts/${oid}`;
const VERSION = 'PG_18_202506291';

const lsn = (number: number) => `0/${(0x1000 + LSNS_APART * number).toString(16).toUpperCase()}`;

/** Stores a backup, and returns where. */
export function storeBackup(folder: string, parts: BackupParts): string {
  const { number, from, files, algorithm, damaged = {}, form = 'archives', tablespaces = {} } = parts;
  const control =
    parts.control ?? controlFile(LAYOUTS[18], { sizes: [BLOCK_BYTES, SEGMENT_BLOCKS, 8192, 16777216] });
  const label = [
    `START WAL LOCATION: ${lsn(number)} (file 000000010000000000000000)`,
    'START TIME: 2026-11-22 17:00:00 UTC',
    'START TIMELINE: 1',
    ...(from === undefined ? [] : [`INCREMENTAL FROM LSN: ${lsn(from)}`, 'INCREMENTAL FROM TLI: 1']),
    '',
  ].join('\n');
  const map = Object.keys(tablespaces).map((oid) => `${oid} ${locationOf(oid)}\n`);
  const all: Record<string, Buffer> = {
    backup_label: Buffer.from(label),
    ...(map.length === 0 ? {} : { tablespace_map: Buffer.from(map.join('')) }),
    PG_VERSION: Buffer.from('18\n'),
    ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`base/5/${name}`, bytes])),
    ...parts.others,
    'global/pg_control': control,
  };
  const place = join(folder, `backup-${number}`);
  const ranges = [[1, lsn(number), lsn(number).replace(/.$/, '8')]] as const;
  const checksums = algorithm === undefined ? {} : { algorithm };
  const spaced = Object.entries(tablespaces).flatMap(([oid, own]) =>
    Object.entries(own).map(([name, bytes]) => [`pg_tblspc/${oid}/${VERSION}/5/${name}`, bytes] as const),
  );
  const listed = { ...all, ...Object.fromEntries(spaced) };
  const manifest = { backup_manifest: buildManifest({ files: listed, version: 2, ranges, ...checksums }) };
  const stored = { ...all, ...damaged };
  if (form === 'tar') writeFileSync(place, tarOf({ ...stored, ...manifest }));
  else if (form === 'plain') writeFiles(place, { ...stored, ...manifest });
  else {
    mkdirSync(place);
    writeFileSync(join(place, 'base.tar'), tarOf(stored));
    for (const [oid, own] of Object.entries(tablespaces))
      writeFileSync(join(place, `${oid}.tar`), tarOfTablespace(own));
    writeFileSync(join(place, 'backup_manifest'), manifest.backup_manifest);
  }
  return place;
}

/** The label comes first and the map second, as in an archive of the server's. */
function tarOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const members = Object.entries(files).map(([path, bytes]) => file(path, bytes));
  const first = 'tablespace_map' in files ? 2 : 1;
  return tar(...members.slice(0, first), ...DIRECTORIES.map(directory), ...members.slice(first));
}

function tarOfTablespace(files: Readonly<Record<string, Buffer>>): Buffer {
  const members = Object.entries(files).map(([name, bytes]) => file(`${VERSION}/5/${name}`, bytes));
  return tar(directory(VERSION), directory(`${VERSION}/5`), ...members);
}

function writeFiles(place: string, files: Readonly<Record<string, Buffer>>): void {
  for (const path of ['', ...DIRECTORIES]) mkdirSync(join(place, path), { mode: 0o700 });
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(place, path), bytes, { mode: 0o600 });
  }
}

/** What came out. */
export interface Combined {
  /** The files in base/5, by name. */
  readonly files: Readonly<Record<string, Buffer>>;
  readonly warnings: readonly string[];
  readonly directory: string;
}

/** Combines backups into a directory that is not there yet. */
export async function combine(
  places: readonly string[],
  target: string,
  algorithm?: ChecksumAlgorithm,
  mappings: readonly TablespaceMapping[] = [],
): Promise<Combined> {
  const { inputs, options, warnings } = await prepare(places, algorithm);
  const step = new NewestBackup(inputs[0]?.place ?? '', algorithm);
  await extractTo(target, combineBackups(inputs, step, options), [step], mappings);
  return { files: relationsIn(target), warnings, directory: target };
}

/** The bytes of the stream that is made of backups. */
export async function combineAsStream(
  places: readonly string[],
  {
    algorithm,
    limit = Number.POSITIVE_INFINITY,
  }: { algorithm?: ChecksumAlgorithm | undefined; limit?: number } = {},
): Promise<{ stream: Buffer; spooled: number; warnings: readonly string[] }> {
  const { inputs, options, warnings } = await prepare(places, algorithm);
  const spool = await CombineSpool.open(limit);
  const wire: Buffer[] = [];
  try {
    for await (const frame of streamCombined(inputs, spool, options))
      wire.push(...encode(frame).map((bytes) => Buffer.from(bytes)));
    return { stream: Buffer.concat(wire), spooled: spool.size, warnings };
  } finally {
    await spool.close();
  }
}

/** Extracts a backup into a directory that is not there yet. */
export function extractTo(
  directory: string,
  frames: AsyncIterable<Frame>,
  steps: readonly RestoreStep[] = [],
  mappings: readonly TablespaceMapping[] = [],
) {
  const { signal } = new AbortController();
  return extract(frames, { mappings, sync: false, clean: true, signal, directory, steps });
}

/** The files in base/5, by name. */
export function relationsIn(directory: string): Record<string, Buffer> {
  const relations = join(directory, 'base/5');
  return Object.fromEntries(
    readdirSync(relations).map((name) => [name, readFileSync(join(relations, name))]),
  );
}

async function prepare(places: readonly string[], algorithm: ChecksumAlgorithm | undefined) {
  const { signal } = new AbortController();
  const found: Input[] = [];
  for (const place of places) found.push(await inspect(place, signal));
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  return { inputs: newestFirst(found), warnings, options: { algorithm, signal, warn, add: () => {} } };
}
