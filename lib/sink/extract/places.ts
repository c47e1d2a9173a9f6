/**
 * Where each tablespace goes: the tablespace list and the mappings in, directories out. All that can be wrong
 * with them is found here, before anything is written.
 *
 * A tablespace goes to its location, or where a mapping puts it, and gets a link in pg_tblspc. One that lies in
 * pg_tblspc itself (allow_in_place_tablespaces; the server calls its location "pg_tblspc/OID") stays there.
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

/** A tablespace and where it goes. */
export interface Place extends Tablespace {
  readonly directory: string;
  /** Whether pg_tblspc gets a link to the directory; if not, the directory is in pg_tblspc. */
  readonly linked: boolean;
}

const REPLACEMENT = '\ufffd';

/** Places tablespaces. Throws TroubleError where mappings or directories do not fit, BackupError for a bad list. */
export function placeTablespaces(
  dataDirectory: string,
  tablespaces: readonly Tablespace[],
  mappings: readonly TablespaceMapping[],
): Place[] {
  insistOnUse(mappings, tablespaces);
  const targets = new Map(mappings.map(({ from, to }) => [from, to]));
  const places = tablespaces.map((tablespace) => place(dataDirectory, tablespace, targets));
  insistOnDistance(dataDirectory, places);
  return places;
}

function place(
  dataDirectory: string,
  { oid, location }: Tablespace,
  targets: ReadonlyMap<string, string>,
): Place {
  if (location === `pg_tblspc/${oid}`) {
    return { oid, location, directory: join(dataDirectory, location), linked: false };
  }
  if (!isAbsolute(location)) {
    throw new BackupError(`tablespace ${oid} has a location that is not absolute: "${location}"`);
  }
  if (location.includes(REPLACEMENT)) {
    throw new TroubleError(`location of tablespace ${oid} is not encoded in UTF-8`, {
      detail: `It reads "${location}", with something else where this character stands: ${REPLACEMENT}`,
    });
  }
  return { oid, location, directory: targets.get(canonicalPath(location)) ?? location, linked: true };
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
function insistOnDistance(dataDirectory: string, places: readonly Place[]): void {
  const directories = [
    { name: 'the data directory', path: dataDirectory },
    ...places
      .filter(({ linked }) => linked)
      .map(({ oid, directory }) => ({ name: `tablespace ${oid}`, path: directory })),
  ].map((directory) => ({ ...directory, real: `${realPath(directory.path)}/`.replace('//', '/') }));
  // Sorted, whatever begins with a path comes right behind it.
  directories.sort((a, b) => (a.real < b.real ? -1 : 1));
  directories.forEach((inner, index) => {
    const outer = directories[index - 1];
    if (outer === undefined || !inner.real.startsWith(outer.real)) return;
    const relation = inner.real === outer.real ? 'would share a directory with' : 'would lie in that of';
    throw new TroubleError(`${inner.name} ${relation} ${outer.name}`, {
      detail: `The directories are "${inner.path}" and "${outer.path}".`,
      hint: 'Put tablespaces elsewhere with -T OLDDIR=NEWDIR.',
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
