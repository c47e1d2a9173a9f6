/**
 * Backups with tablespaces, for tests of what moves them: as a stream and as a tar, made for any locations. So what a
 * relocation must give is what is made here for the new locations.
 */

import { formatTablespaceMap } from '../../../lib/postgres/tablespace-map.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { archive, backupFrames, data, spellAll, type Tablespace } from '../../support/frames.ts';
import { buildManifest, type ManifestParts } from '../manifest/build.ts';
import { directory, file, symlink, tar } from '../tar/build.ts';

/** What differs from backup to backup. */
export interface Parts {
  readonly tablespaces: readonly Tablespace[];
  /** Whether base.tar has tablespace_map (by default), links, both or neither of them. */
  readonly has?: 'map' | 'links' | 'both' | 'neither';
  /** What tablespace_map says, if not the same as the list. */
  readonly map?: string;
  readonly version?: string;
  /** False for none. */
  readonly manifest?: Omit<ManifestParts, 'files'> | false;
  /** The contents of a file in base.tar. */
  readonly filling?: Buffer;
}

export const LABEL = 'START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n';

const VERSION_DIRECTORY = 'PG_15_202209061';
const FILLING = Buffer.alloc(1500, 'relation');

/** The archive of WAL, which comes in two parts. */
const WAL = tar(file('000000010000000000000002', 'wal'));

/** A stream as frames. */
export function stream(parts: Parts): Frame[] {
  const { tablespaces, version = '15.18', manifest = {} } = parts;
  const files = { backup_label: Buffer.from(LABEL), ...mapFile(parts), 'base/1/1': FILLING };
  const copy: Frame[] = [
    ...tablespaces.flatMap(({ oid, location }) => archive(`${oid}.tar`, location, tablespaceTar(oid))),
    ...archive('pg_wal.tar', '', WAL.subarray(0, 700)),
    ...archive('base.tar', '', baseTar(parts)),
  ];
  if (manifest !== false) copy.push({ type: 'manifest' }, data(buildManifest({ ...manifest, files })));
  copy.push(...archive('pg_wal.tar', '', WAL.subarray(700)));
  return backupFrames({ parameters: { server_version: version }, tablespaces, kilobytes: 1234, copy });
}

/** The same as bytes. */
export function streamBytes(parts: Parts): Buffer {
  return spellAll(stream(parts));
}

/** The archive of the data directory. More members come behind the others. */
export function baseTar(parts: Parts, ...more: readonly Buffer[]): Buffer {
  const { tablespaces, has = 'map', filling = FILLING } = parts;
  const outside = tablespaces.filter(({ location }) => location.startsWith('/'));
  return tar(
    file('backup_label', LABEL),
    ...(has === 'map' || has === 'both' ? [file('tablespace_map', mapOf(parts))] : []),
    directory('base/1'),
    file('base/1/1', filling),
    directory('pg_tblspc'),
    ...(has === 'links' || has === 'both'
      ? outside.map(({ oid, location }) => symlink(`pg_tblspc/${oid}`, location))
      : []),
    file('global/pg_control', Buffer.alloc(600, 'control')),
    ...more,
  );
}

/** The manifest for such an archive, as a member of it. */
export function manifestMember(parts: Parts): Buffer {
  const files = { backup_label: Buffer.from(LABEL), ...mapFile(parts) };
  return file('backup_manifest', buildManifest({ files }));
}

function mapFile(parts: Parts): { tablespace_map?: Buffer } {
  return parts.has === 'links' || parts.has === 'neither' ? {} : { tablespace_map: mapOf(parts) };
}

/** The contents of tablespace_map. */
function mapOf({ tablespaces, map }: Parts): Buffer {
  if (map !== undefined) return Buffer.from(map);
  const outside = tablespaces.filter(({ location }) => location.startsWith('/'));
  return formatTablespaceMap(new Map(outside.map(({ oid, location }) => [oid, location])));
}

function tablespaceTar(oid: number): Buffer {
  return tar(directory(VERSION_DIRECTORY), file(`${VERSION_DIRECTORY}/5/16390`, `relation in ${oid}`));
}
