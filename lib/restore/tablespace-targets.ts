/**
 * Where each tablespace goes: the tablespace list and the mappings in, directories out. All that can be wrong
 * with them is found here, before anything is written.
 *
 * A tablespace goes to its location, or where a mapping puts it, and gets a link in pg_tblspc. One that lies in
 * pg_tblspc itself (allow_in_place_tablespaces; the server calls its location "pg_tblspc/OID") stays there, and so
 * does every tablespace where a part of a backup is to lie in one directory. The location of one that is left out does
 * not matter.
 */

import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { chooseDestinations } from '../tablespaces/destinations.ts';
import { insistOnDistance } from '../tablespaces/distance.ts';
import type { TablespaceMapping } from '../tablespaces/mapping.ts';
import { directoryMapping } from '../tablespaces/mapping.ts';
import { pathInDataDirectory, type Tablespace } from '../tablespaces/tablespace.ts';

/** Where a backup goes, its tablespaces apart. */
export interface Target {
  /** The data directory: empty, or not there yet. */
  readonly directory: string;
  /** The directory for WAL, likewise, to which pg_wal becomes a link; undefined where pg_wal is one itself. */
  readonly waldir?: string | undefined;
  /** Whether the data directory is to hold everything, the tablespaces too. */
  readonly contained?: boolean;
  /** Whether a tablespace is not extracted, which needs no directory then. */
  readonly leavesOut?: (oid: number) => boolean;
}

/** A tablespace and where it goes. */
export interface TablespaceTarget extends Tablespace {
  readonly directory: string;
  /** Whether pg_tblspc gets a link to the directory; if not, the directory is in pg_tblspc, or left out. */
  readonly linked: boolean;
  /** Whether tablespace_map has it, as it has all that do not lie in pg_tblspc on the server. */
  readonly inMap: boolean;
}

/** Chooses them. Throws TroubleError where mappings or directories do not fit, BackupError for a bad list. */
export function chooseDirectories(
  { directory, waldir, contained = false, leavesOut = () => false }: Target,
  tablespaces: readonly Tablespace[],
  mappings: readonly TablespaceMapping[],
): TablespaceTarget[] {
  const targets = chooseDestinations(tablespaces, mappings.map(directoryMapping)).map(
    ({ oid, location, target, inPlace }): TablespaceTarget => {
      const linked = !inPlace && !contained && !leavesOut(oid);
      return {
        oid,
        location,
        directory: linked ? target : join(directory, pathInDataDirectory(oid)),
        linked,
        inMap: !inPlace,
      };
    },
  );
  const named = [
    { name: 'the data directory', path: directory },
    ...(waldir === undefined ? [] : [{ name: 'the WAL directory', path: waldir }]),
    ...targets
      .filter(({ linked }) => linked)
      .map((linked) => ({ name: `tablespace ${linked.oid}`, path: linked.directory })),
  ];
  insistOnDistance(named.map((one) => ({ ...one, real: realPath(one.path) })));
  return targets;
}

/** The path without symbolic links, as far as there is something. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}
