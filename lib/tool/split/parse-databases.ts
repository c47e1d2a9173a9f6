/** --database NAME|OID, which may be given several times. */

import { UsageError } from '../../errors/trouble.ts';
import { MAX_OID } from '../../postgres/limits.ts';
import type { DatabaseChoice } from '../../restore/database/wanted-databases.ts';

/** NAMEDATALEN of PostgreSQL, which counts a NUL. */
const MAX_NAME_BYTES = 63;

/** Reads names and OIDs, if there are any; digits are an OID. Throws UsageError for what is neither. */
export function parseDatabases(texts: readonly string[]): DatabaseChoice | undefined {
  if (texts.length === 0) return undefined;
  const isOid = (text: string) => /^[0-9]+$/.test(text);
  const oids = texts.filter(isOid).map(Number);
  const names = texts.filter((text) => !isOid(text));
  const invalid =
    oids.find((oid) => oid < 1 || oid > MAX_OID) ??
    names.find((name) => name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES);
  if (invalid !== undefined) throw new UsageError(`invalid database name or OID "${invalid}"`);
  return { oids, names };
}
