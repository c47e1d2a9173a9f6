/**
 * Backup streams that are larger than a bench has time to make them: a small one, and as many small files as wanted put
 * into its base.tar, or into the archives of as many tablespaces.
 */

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TABLESPACE_MAP } from '../../lib/postgres/data-directory.ts';
import { TAR_BLOCK_BYTES } from '../../lib/tar/header-fields.ts';
import { ARCHIVE_END } from '../../lib/tar/reader.ts';
import { fileMember } from '../../lib/tar/writer.ts';
import {
  type BackupParts,
  crcOf,
  framed,
  grownManifest,
  type ListedFile,
  takeApart,
  wireOf,
} from './backup-parts.ts';

/** What is put in. */
export interface Growth {
  /** All together. */
  readonly files: number;
  /** Of each file; none if not given. */
  readonly bytes?: number;
  /** That the files are spread over; in base.tar if not given. */
  readonly tablespaces?: number;
}

/** Where files are: in an archive, and below a directory of the manifest. */
interface Home {
  readonly oid: number | undefined;
  readonly files: number;
}

const AT_A_TIME = 1000;
const DATE = new Date('2026-11-22T16:02:19Z');
/** Not numbers alone, since these would be taken for relations, which have whole pages. */
const FIRST_FILE = 10_000_000;
const FIRST_OID = 20_000;
/** Of PostgreSQL 15 (GetTablespaceVersionDirectory). */
const VERSION_DIRECTORY = 'PG_15_202209061';

/** Writes the stream `from` with more files to `to`. */
export async function writeGrown(from: string, to: string, growth: Growth): Promise<void> {
  const parts = await takeApart(from);
  const own = growth.tablespaces === undefined ? parts : withoutMap(parts);
  await pipeline(Readable.from(stream(own, growth)), createWriteStream(to));
}

/** The server sends an empty tablespace_map after the label where there are no tablespaces. */
function withoutMap(parts: BackupParts): BackupParts {
  if (!parts.members.toString('latin1', 0, TAR_BLOCK_BYTES).startsWith(TABLESPACE_MAP)) return parts;
  const manifest = parts.manifest.replace(/^\{ "Path": "tablespace_map",.*\n/m, '');
  return { ...parts, members: parts.members.subarray(TAR_BLOCK_BYTES), manifest };
}

function* stream(parts: BackupParts, { files, bytes = 0, tablespaces = 0 }: Growth): Generator<Buffer> {
  const contents = Buffer.alloc(bytes, 'contents ');
  const oids = Array.from({ length: tablespaces }, (_, index) => FIRST_OID + index);
  const homes: Home[] =
    tablespaces === 0
      ? [{ oid: undefined, files }]
      : oids.map((oid) => ({ oid, files: Math.floor(files / tablespaces) }));
  const map = Buffer.from(oids.map((oid) => `${oid} ${locationOf(oid)}\n`).join(''));
  yield parts.beforeList;
  for (const oid of oids) yield wireOf({ type: 'tablespace', oid, location: locationOf(oid), kilobytes: 1 });
  yield parts.afterList;
  for (const home of homes) if (home.oid !== undefined) yield* tablespaceArchive(home, contents);
  yield parts.archive;
  yield* framed(parts.label);
  if (map.length > 0) yield* framed(fileMember(TABLESPACE_MAP, map, DATE));
  for (const home of homes) if (home.oid === undefined) yield* members(home, contents);
  yield* framed(parts.members);
  yield* grownManifest(parts.manifest, listed(homes, contents, map));
  yield parts.end;
}

function* tablespaceArchive(home: Home, contents: Buffer): Generator<Buffer> {
  const { oid = 0 } = home;
  yield wireOf({ type: 'archive', name: `${oid}.tar`, location: locationOf(oid), resumed: false });
  yield* members(home, contents);
  yield* framed(ARCHIVE_END);
}

function* members(home: Home, contents: Buffer): Generator<Buffer> {
  for (const paths of batches(home.files, home.oid === undefined ? 'base' : VERSION_DIRECTORY))
    yield* framed(Buffer.concat(paths.map((path) => fileMember(path, contents, DATE))));
}

function* listed(homes: readonly Home[], contents: Buffer, map: Buffer): Generator<readonly ListedFile[]> {
  if (map.length > 0) yield [{ path: TABLESPACE_MAP, bytes: map.length, crc: crcOf(map) }];
  const crc = crcOf(contents);
  for (const { oid, files } of homes) {
    const directory = oid === undefined ? 'base' : `pg_tblspc/${oid}/${VERSION_DIRECTORY}`;
    for (const paths of batches(files, directory))
      yield paths.map((path) => ({ path, bytes: contents.length, crc }));
  }
}

/** Paths as a database of many tables has them. */
function* batches(files: number, directory: string): Generator<string[]> {
  for (let first = 0; first < files; first += AT_A_TIME)
    yield Array.from(
      { length: Math.min(AT_A_TIME, files - first) },
      (_, index) => `${directory}/5/f${FIRST_FILE + first + index}`,
    );
}

function locationOf(oid: number): string {
  return `/mnt/tablespace-${oid}`;
}
