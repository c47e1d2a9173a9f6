/**
 * Which databases of a backup are wanted: names and OIDs in, the OIDs out. Those of the system (template0, template1
 * and postgres) always are, since no server works without them.
 *
 * A name is that of a row in pg_database whose database has files in the backup. There must be exactly one such
 * database: where the name went from one to another while the backup was taken, only an OID says which is meant.
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { DatabaseRow } from './pg-database.ts';

/** What was asked for. */
export interface DatabaseChoice {
  readonly oids: readonly number[];
  readonly names: readonly string[];
}

/** Databases that users make have OIDs from here on (FirstNormalObjectId in src/include/access/transam.h). */
const FIRST_NORMAL_OID = 16384;
const MOST_SHOWN = 20;

/** Whether a database is restored with its contents. */
export function isWanted(oid: number, wanted: ReadonlySet<number>): boolean {
  return oid < FIRST_NORMAL_OID || wanted.has(oid);
}

/**
 * The OIDs of the databases that were asked for. `present` are those that have files. Throws TroubleError if one of
 * those asked for is not in the backup, or may be one of several.
 */
export function selectDatabases(
  { oids, names }: DatabaseChoice,
  rows: readonly DatabaseRow[],
  present: ReadonlySet<number>,
): ReadonlySet<number> {
  const missing = oids.find((oid) => !present.has(oid));
  if (missing !== undefined) throw notThere(`with OID ${missing}`, [...present].map(String));
  const known = rows.filter(({ oid }) => present.has(oid));
  return new Set([...oids, ...names.map((name) => select(name, known))]);
}

function select(name: string, known: readonly DatabaseRow[]): number {
  const found = new Set(known.filter((row) => row.name === name).map(({ oid }) => oid));
  const [oid, second] = found;
  const texts = known.map((row) => `"${row.name}" (${row.oid})`);
  if (oid === undefined) throw notThere(`"${name}"`, texts);
  if (second === undefined) return oid;
  throw new TroubleError(`database "${name}" is there more than once in the backup`, {
    detail: `Databases of this name have the OIDs ${[...found].join(' and ')}.`,
    hint: 'The name changed hands when the backup was taken. Give the OID of the database to restore.',
  });
}

function notThere(what: string, known: readonly string[]): TroubleError {
  const texts = [...new Set(known)];
  const shown = texts.slice(0, MOST_SHOWN);
  const more = texts.length > shown.length ? ` and ${texts.length - shown.length} more` : '';
  return new TroubleError(`the backup has no database ${what}`, {
    detail: `Its databases are ${shown.join(', ')}${more}.`,
  });
}
