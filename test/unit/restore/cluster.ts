/**
 * Backups of a small cluster, and their extraction into a throw-away folder. Contents are lent: what a frame
 * holds is overwritten when the next one is asked for.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { formatTablespaceMap } from '../../../lib/postgres/tablespace-map.ts';
import { type ExtractOptions, extract, type Summary } from '../../../lib/restore/extract.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { archive, backupFrames, type Tablespace } from '../../support/frames.ts';
import { type Cut, lend, whole } from '../../support/rechunk.ts';
import { buildManifest } from '../manifest/build.ts';
import { directory, file, tar } from '../tar/build.ts';

export const CONTROL = Buffer.alloc(8192, 'control');
export const LABEL = `START WAL LOCATION: 0/2000028 (file 000000010000000000000002)
START TIME: 2026-11-22 17:00:00 UTC
START TIMELINE: 1
`;

/** What differs from cluster to cluster. */
export interface ClusterParts {
  readonly tablespaces?: readonly Tablespace[];
  /** What tablespace_map says, if not the same. */
  readonly map?: Buffer;
  /** Members of base.tar besides the usual ones. */
  readonly members?: readonly Buffer[];
  readonly manifest?: boolean;
}

/** All members of base.tar, global/pg_control last. */
export function baseMembers({
  tablespaces = [],
  map = mapOf(tablespaces),
  members = [],
}: ClusterParts): Buffer[] {
  return [
    file('backup_label', LABEL),
    file('tablespace_map', map),
    file('PG_VERSION', '15\n'),
    directory('base'),
    directory('base/1'),
    file('base/1/1259', Buffer.alloc(3 * 8192, 'relation')),
    file('base/1/2600', ''),
    directory('global'),
    directory('pg_wal'),
    directory('./pg_wal/archive_status'),
    directory('pg_tblspc'),
    ...members,
    file('global/pg_control', CONTROL),
  ];
}

/** A tablespace's archive. */
export function tablespaceTar(oid: number): Buffer {
  const version = 'PG_15_202209061';
  return tar(directory(version), directory(`${version}/5`), file(`${version}/5/16390`, `relation in ${oid}`));
}

/** All frames of a backup. */
export function cluster(parts: ClusterParts = {}): Frame[] {
  const { tablespaces = [], manifest = true } = parts;
  const files = {
    backup_label: Buffer.from(LABEL),
    tablespace_map: parts.map ?? mapOf(tablespaces),
    'global/pg_control': CONTROL,
  };
  return backupFrames({
    tablespaces,
    copy: [
      ...tablespaces.flatMap(({ oid, location }) => archive(`${oid}.tar`, location, tablespaceTar(oid))),
      ...archive('base.tar', '', tar(...baseMembers(parts))),
      ...(manifest
        ? [{ type: 'manifest' as const }, ...archive('', '', buildManifest({ files })).slice(1)]
        : []),
    ],
  });
}

function mapOf(tablespaces: readonly Tablespace[]): Buffer {
  const linked = tablespaces.filter(({ location }) => location.startsWith('/'));
  return formatTablespaceMap(new Map(linked.map(({ oid, location }) => [oid, location])));
}

/** A folder that is removed when the test is over. */
export function scratch(): string {
  const folder = temporaryFolder();
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/** What became of an extraction. */
export interface Outcome {
  readonly summary?: Summary;
  readonly error?: unknown;
}

/** Extracts into `folder`/data, if nothing else is said, and returns what it throws. */
export async function tryExtract(
  folder: string,
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  options: Partial<ExtractOptions> = {},
): Promise<Outcome> {
  const { signal } = new AbortController();
  const usual = { directory: join(folder, 'data'), mappings: [], sync: false, clean: true, signal };
  try {
    return { summary: await extract(lendFrames(frames), { ...usual, ...options }) };
  } catch (error) {
    return { error };
  }
}

/** Frames whose contents are gone with the next one; those of one data frame may become several. */
export async function* lendFrames(
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  cut: Cut = whole,
): AsyncGenerator<Frame, void, undefined> {
  for await (const frame of frames) {
    if (frame.type !== 'data') yield frame;
    else {
      for await (const bytes of lend(Buffer.concat(frame.parts), cut)) {
        const middle = bytes.length >> 1;
        yield {
          type: 'data',
          parts: [bytes.subarray(0, middle), bytes.subarray(middle)],
          bytes: bytes.length,
        };
      }
    }
  }
}

/** All paths below a folder. */
export function paths(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort();
}
