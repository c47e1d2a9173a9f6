/**
 * The WAL in base.tar: names of files in pg_wal in, data frames out, in the order of the server (perform_base_backup()
 * in src/backend/backup/basebackup.c). Each file has a mark that it need not be archived again, except for the last
 * segment: the copy goes on in it, and will have to archive it.
 */

import { WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import type { DataFrame } from '../../stream/frame.ts';
import type { NewMember } from '../../tar/writer.ts';
import type { MemberFrames } from './member-frames.ts';
import type { NeededWal } from './needed-wal.ts';
import type { StoppedCluster } from './stopped-cluster.ts';
import { member, type TreeMember } from './walk.ts';

const NOTHING = Buffer.alloc(0);

/** Adds all segments, then all histories. */
export function* walMembers(
  frames: MemberFrames,
  { segments, histories }: NeededWal,
  cluster: StoppedCluster,
): Generator<DataFrame, void, undefined> {
  const last = segments.at(-1);
  for (const name of segments) {
    yield* frames.addWal(walFile(cluster, name));
    if (name !== last) yield* frames.addContents(doneMark(cluster, name), NOTHING);
  }
  for (const name of histories) {
    yield* frames.add(walFile(cluster, name));
    yield* frames.addContents(doneMark(cluster, name), NOTHING);
  }
}

function walFile({ root }: StoppedCluster, name: string): TreeMember {
  const path = `${WAL_DIRECTORY}/${name}`;
  return member(path, `${root}/${path}`);
}

function doneMark({ modes, owner }: StoppedCluster, name: string): NewMember {
  return {
    path: `${WAL_DIRECTORY}/archive_status/${name}.done`,
    kind: 'file',
    size: 0,
    mode: modes.file,
    ...owner,
    mtime: Math.floor(Date.now() / 1000),
  };
}
