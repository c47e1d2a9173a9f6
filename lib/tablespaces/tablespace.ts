/**
 * A tablespace as a backup lists it. Its location is the directory on the server, an absolute path; but a tablespace
 * that lies in the data directory itself (allow_in_place_tablespaces) is listed as "pg_tblspc/OID".
 */

import { TroubleError } from '../errors/trouble.ts';
import { insistOnLocation } from '../postgres/location.ts';
import type { BackupHead } from '../stream/frame.ts';

/** A row of the tablespace list, a line of tablespace_map, or a link in pg_tblspc. */
export interface Tablespace {
  readonly oid: number;
  readonly location: string;
}

/** Those that a backup lists, the data directory apart. */
export function tablespacesOf({ tablespaces }: BackupHead): Tablespace[] {
  return tablespaces.flatMap(({ oid, location }) =>
    oid === null || location === null ? [] : [{ oid, location }],
  );
}

const REPLACEMENT = '\ufffd';

/** Where a tablespace lies in the data directory, or is linked to. */
export function pathInDataDirectory(oid: number): string {
  return `pg_tblspc/${oid}`;
}

/**
 * Whether it lies in the data directory itself. Throws BackupError for a location that no server gives, TroubleError
 * for one that cannot be read.
 */
export function isInPlace({ oid, location }: Tablespace): boolean {
  if (location === pathInDataDirectory(oid)) return true;
  insistOnLocation(oid, location);
  insistOnUtf8(`location of tablespace ${oid}`, location);
  return false;
}

/** Throws TroubleError for a path with bytes in it that are not UTF-8, since they would not be the same again. */
export function insistOnUtf8(subject: string, path: string): void {
  if (!path.includes(REPLACEMENT)) return;
  throw new TroubleError(`${subject} is not encoded in UTF-8`, {
    detail: `It reads "${path}", with something else where this character stands: ${REPLACEMENT}`,
  });
}
