/**
 * Where each tablespace goes: the tablespace list and the mappings in, directories out. All that can be wrong
 * with them is found here, before anything is written.
 *
 * A tablespace goes to its location, or where a mapping puts it, and gets a link in pg_tblspc. One that lies in
 * pg_tblspc itself (allow_in_place_tablespaces; the server calls its location "pg_tblspc/OID") stays there, and so
 * does every tablespace where a part of a backup is to lie in one directory.
 */

import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { BackupError } from '../../backup/error.ts';
import { TroubleError } from '../../cli/trouble.ts';
import { canonicalPath, type TablespaceMapping } from '../tablespace-mapping.ts';

/** A tablespace as the backup lists it. */
export interface Tablespace {
  readonly oid: number;
  readonly location: string;
}

/** Where a backup goes, its tablespaces apart. */
export interface Target {
  /** The data directory: empty, or not there yet. */
  readonly directory: string;
  /** The directory for WAL, likewise, to which pg_wal becomes a link; undefined where pg_wal is one itself. */
  readonly waldir?: string | undefined;
  /** Whether the data directory is to hold everything, the tablespaces too. */
  readonly contained?: boolean;
}

/** A tablespace and where it goes. */
export interface Place extends Tablespace {
  readonly directory: string;
  /** Whether pg_tblspc gets a link to the directory; if not, the directory is in pg_tblspc. */
  readonly linked: boolean;
  /** Whether tablespace_map has it, as it has all that do not lie in pg_tblspc on the server. */
  readonly inMap: boolean;
}

/** What to do about a directory that will not do. */
export const ELSEWHERE = 'Put tablespaces elsewhere with -T OLDDIR=NEWDIR.';

const REPLACEMENT = '\ufffd';

/** Places tablespaces. Throws TroubleError where mappings or directories do not fit, BackupError for a bad list. */
export function placeTablespaces(
  { directory, waldir, contained = false }: Target,
  tablespaces: readonly Tablespace[],
  mappings: readonly TablespaceMapping[],
): Place[] {
  insistOnUse(mappings, tablespaces);
  const targets = new Map(mappings.map(({ from, to }) => [from, to]));
  const places = tablespaces.map((tablespace) => place(tablespace, targets, { directory, contained }));
  insistOnDistance([
    { name: 'the data directory', path: directory },
    ...(waldir === undefined ? [] : [{ name: 'the WAL directory', path: waldir }]),
    ...places
      .filter(({ linked }) => linked)
      .map((linked) => ({ name: `tablespace ${linked.oid}`, path: linked.directory })),
  ]);
  return places;
}

function place(
  { oid, location }: Tablespace,
  targets: ReadonlyMap<string, string>,
  { directory, contained }: { directory: string; contained: boolean },
): Place {
  const within = pathInDataDirectory(oid);
  const inMap = location !== within;
  if (inMap && !isAbsolute(location)) {
    throw new BackupError(`tablespace ${oid} has a location that is not absolute: "${location}"`);
  }
  if (contained || !inMap) {
    return { oid, location, directory: join(directory, within), linked: false, inMap };
  }
  if (location.includes(REPLACEMENT)) {
    throw new TroubleError(`location of tablespace ${oid} is not encoded in UTF-8`, {
      detail: `It reads "${location}", with something else where this character stands: ${REPLACEMENT}`,
    });
  }
  return { oid, location, directory: targets.get(canonicalPath(location)) ?? location, linked: true, inMap };
}

/** Where a tablespace lies in the data directory, or is linked to. */
export function pathInDataDirectory(oid: number): string {
  return `pg_tblspc/${oid}`;
}

/** A mapping that does nothing is a mistake, and would be noticed too late. */
function insistOnUse(mappings: readonly TablespaceMapping[], tablespaces: readonly Tablespace[]): void {
  const locations = new Set(tablespaces.map(({ location }) => canonicalPath(location)));
  const seen = new Set<string>();
  for (const { from } of mappings) {
    if (seen.has(from)) throw new TroubleError(`directory "${from}" is mapped twice`);
    seen.add(from);
    if (locations.has(from)) continue;
    const known = tablespaces.map(({ oid, location }) => `${oid} at "${location}"`).join(', ');
    throw new TroubleError(`no tablespace of the backup is in directory "${from}"`, {
      detail: known === '' ? 'The backup has no tablespaces.' : `The tablespaces of the backup: ${known}.`,
    });
  }
}

/** No directory may be, or lie in, another one. */
function insistOnDistance(named: readonly { readonly name: string; readonly path: string }[]): void {
  const directories = named.map((one) => ({ ...one, real: `${realPath(one.path)}/`.replace('//', '/') }));
  // Sorted, whatever begins with a path comes right behind it.
  directories.sort((a, b) => (a.real < b.real ? -1 : 1));
  directories.forEach((inner, index) => {
    const outer = directories[index - 1];
    if (outer === undefined || !inner.real.startsWith(outer.real)) return;
    const relation = inner.real === outer.real ? 'would share a directory with' : 'would lie in that of';
    throw new TroubleError(`${inner.name} ${relation} ${outer.name}`, {
      detail: `The directories are "${inner.path}" and "${outer.path}".`,
      hint: ELSEWHERE,
    });
  });
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
