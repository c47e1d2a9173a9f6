/**
 * The WAL in base.tar: names of files in pg_wal in, data frames out, in the order of the server (perform_base_backup()
 * in src/backend/backup/basebackup.c). Each file has a mark that it need not be archived again, except for the segment
 * in which the copy of a stopped cluster goes on: it will have to archive that one.
 */

import { WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import type { DataFrame } from '../../stream/frame.ts';
import type { NewMember } from '../../tar/writer.ts';
import { type Cluster, newFile } from './cluster.ts';
import type { MemberFrames } from './member-frames.ts';
import type { WalFiles } from './needed-wal.ts';
import { member, type TreeMember } from './walk.ts';

const NOTHING = Buffer.alloc(0);

/** Adds all segments, then all histories; `goesOn` is the segment without a mark. */
export async function* walMembers(
  frames: MemberFrames,
  { segments, histories }: WalFiles,
  cluster: Cluster,
  goesOn?: string,
): AsyncGenerator<DataFrame, void, undefined> {
  for (const name of segments) {
    yield* frames.addWal(walFile(cluster, name));
    if (name !== goesOn) yield* frames.addContents(doneMark(cluster, name), NOTHING);
  }
  for (const name of histories) {
    yield* frames.add(walFile(cluster, name));
    yield* frames.addContents(doneMark(cluster, name), NOTHING);
  }
}

function walFile({ root }: Cluster, name: string): TreeMember {
  const path = `${WAL_DIRECTORY}/${name}`;
  return member(path, `${root}/${path}`);
}

function doneMark(cluster: Cluster, name: string): NewMember {
  return newFile(cluster, `${WAL_DIRECTORY}/archive_status/${name}.done`, NOTHING);
}
