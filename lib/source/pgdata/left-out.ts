/**
 * What the server leaves out of a backup, by the names of files and directories (excludeDirContents and excludeFiles in
 * src/backend/backup/basebackup.c): what a start of the server makes anew, or what must not be taken over from another.
 */

import {
  BACKUP_LABEL,
  LOCK_FILE,
  START_OPTIONS_FILE,
  TABLESPACE_MAP,
} from '../../postgres/data-directory.ts';
import { MANIFEST } from '../../stream/archive-name.ts';

/** Directories of these names stay, wherever they are, but what is in them does not. */
const EMPTIED: ReadonlySet<string> = new Set([
  'pg_stat_tmp',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_subtrans',
]);
const FILES: ReadonlySet<string> = new Set([
  'postgresql.auto.conf.tmp',
  'current_logfiles.tmp',
  BACKUP_LABEL,
  TABLESPACE_MAP,
  MANIFEST,
  LOCK_FILE,
  START_OPTIONS_FILE,
]);
/** Temporary files, and the cache of system catalogs. */
const PREFIXES = ['pgsql_tmp', 'pg_internal.init'];
/** The directory of a database, in the data directory or in a tablespace. */
const DATABASE = /^(?:base|PG_[^/]+)\/[0-9]+$/;
const RELATION = /^([1-9][0-9]*)(?:_(fsm|vm|init))?(?:\.[0-9]+)?$/;
const TEMPORARY_RELATION = /^t[0-9]+_[0-9]+(?:_(?:fsm|vm|init))?(?:\.[0-9]+)?$/;

/** Whether the contents of a directory of this name are left out. */
export function isEmptied(name: string): boolean {
  return EMPTIED.has(name);
}

/** Whether what has this name is left out, wherever it is. */
export function isLeftOut(name: string): boolean {
  return FILES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Whether it is a file of a temporary relation; `directory` is a path in the data directory or in a tablespace. */
export function isTemporaryRelation(directory: string, name: string): boolean {
  return TEMPORARY_RELATION.test(name) && DATABASE.test(directory);
}

/**
 * Whether it is a file of an unlogged relation that recovery makes anew: any fork but the init fork, of a relation that
 * has one. `has` says whether there is a file of that name beside it.
 */
export function isUnloggedRelation(directory: string, name: string, has: (name: string) => boolean): boolean {
  const [, relation, fork] = RELATION.exec(name) ?? [];
  return relation !== undefined && fork !== 'init' && DATABASE.test(directory) && has(`${relation}_init`);
}
