/**
 * Clusters with everything that is difficult in a backup: tablespaces whose locations need escapes in tablespace_map,
 * on command lines and in tar headers, one of them empty, one inside pg_tblspc; tables with TOAST and indexes; an
 * unlogged table, of which only the init fork is in a backup.
 */

import { join } from 'node:path';
import { mapping } from './backup.ts';
import { Cluster } from './cluster.ts';
import type { Server } from './servers.ts';

/** A tablespace with a location outside of the data directory. */
export interface ShapedTablespace {
  readonly name: string;
  readonly location: string;
}

/** New locations for the tablespaces of a backup. */
export interface Relocation {
  /** The -T options for these locations. */
  readonly options: readonly string[];
  /** The new location, by the name of the tablespace. */
  readonly places: ReadonlyMap<string, string>;
}

/** The last part of each location. Single quotes are not allowed in one (CreateTableSpace() in tablespace.c). */
const LOCATIONS: Readonly<Record<string, string>> = {
  equal: '-T a b=c\\=d==e',
  quoted: 'back\\slash\\\\ "double" $HOME `ls` *',
  unicode: 'Über 漢字 tab',
  longest: 'l',
  empty: 'empty',
};
const EMPTY = 'empty';
/** The first version that escapes backslashes in tablespace_map. */
const FIRST_WITH_ESCAPES = 14;

/** The length of a symbolic link in a tar header, and so of the longest location that pg_basebackup -Fp accepts. */
const LONGEST_LINK = 99;

/**
 * The first version whose backups contain tablespaces inside pg_tblspc. Version 15, which introduced them, leaves them
 * out if tablespace_map is requested, as bb-stream and pg_basebackup -Ft do.
 */
const FIRST_WITH_IN_PLACE = 16;
const IN_PLACE = 'in_place';

const ROWS = 500;

/** Settings with which an idle cluster does not change, and keeps the WAL that a backup fetches. */
const IDLE_SETTINGS = { autovacuum: 'off', checkpoint_timeout: '1h', wal_keep_size: '1GB' };

/** Starts a cluster with tablespaces and tables. Returns it, and the tablespaces that have a location. */
export async function startShaped(
  server: Server,
): Promise<{ cluster: Cluster; tablespaces: readonly ShapedTablespace[] }> {
  const inPlace = server.major < FIRST_WITH_IN_PLACE ? {} : { allow_in_place_tablespaces: 'on' };
  const cluster = await Cluster.create({ server, settings: { ...IDLE_SETTINGS, ...inPlace } });
  await cluster.start();
  return { cluster, tablespaces: await makeShapes(cluster) };
}

async function makeShapes(cluster: Cluster): Promise<readonly ShapedTablespace[]> {
  const tablespaces: ShapedTablespace[] = [];
  for (const [name, last] of Object.entries(LOCATIONS)) {
    const possible = cluster.server.major < FIRST_WITH_ESCAPES ? last.replaceAll('\\', '_') : last;
    const location = join(cluster.folder, possible);
    const padded = name === 'longest' ? location.padEnd(LONGEST_LINK, 'ong') : location;
    tablespaces.push({ name, location: await cluster.createTablespace(name, padded) });
    if (name !== EMPTY) await makeTable(cluster, name);
  }
  if (cluster.server.major >= FIRST_WITH_IN_PLACE) {
    await cluster.query(`CREATE TABLESPACE ${IN_PLACE} LOCATION ''`);
    await makeTable(cluster, IN_PLACE);
  }
  await makeTable(cluster, 'pg_default');
  await makeTable(cluster, 'equal', 'UNLOGGED');
  await cluster.query('CHECKPOINT');
  return tablespaces;
}

/** The tables of a cluster from startShaped(), each with a number that represents its contents. */
export async function readTables(cluster: Cluster): Promise<ReadonlyMap<string, string>> {
  const tables = await cluster.query<[string]>(
    "SELECT tablename FROM pg_tables WHERE tablename LIKE 'table in %' ORDER BY 1",
  );
  const contents = new Map<string, string>();
  for (const [table] of tables) {
    const sql = `SELECT count(*) || ' rows, ' || coalesce(sum(hashtextextended(body, id)), 0) FROM "${table}"`;
    const [[row = ''] = []] = await cluster.query<[string]>(sql);
    contents.set(table, row);
  }
  return contents;
}

/** The location of each table: the path of its tablespace, or undefined for pg_default. */
export async function readPlaces(cluster: Cluster): Promise<ReadonlyMap<string, string>> {
  const rows = await cluster.query<[string, string]>(
    "SELECT spcname, pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname NOT LIKE 'pg\\_%' ORDER BY 1",
  );
  return new Map(rows.filter(([name]) => name !== IN_PLACE));
}

/** Moves tablespaces into a directory, each with the last name of its location. */
export function relocate(tablespaces: readonly ShapedTablespace[], folder: string): Relocation {
  const places = new Map(
    tablespaces.map(({ name, location }) => [name, join(folder, location.split('/').at(-1) ?? '')]),
  );
  const options = tablespaces.flatMap(({ name, location }) => [
    '-T',
    mapping(location, places.get(name) ?? ''),
  ]);
  return { options, places };
}

async function makeTable(cluster: Cluster, tablespace: string, kind: '' | 'UNLOGGED' = ''): Promise<void> {
  const table = `"table in ${tablespace}${kind === '' ? '' : ', unlogged'}"`;
  await cluster.query(
    `CREATE ${kind} TABLE ${table} (id int PRIMARY KEY USING INDEX TABLESPACE ${tablespace}, body text)
       TABLESPACE ${tablespace};
     ALTER TABLE ${table} ALTER body SET STORAGE EXTERNAL;
     INSERT INTO ${table} SELECT id, repeat(md5(id::text), id % 100) FROM generate_series(1, ${ROWS}) AS id`,
  );
}
