/**
 * The directories that a server needs and does not make: those of initdb (`subdirs` in src/bin/initdb/initdb.c, what
 * versions 13 to 18 have in common) that may be empty, for the others are missed with their files. No manifest lists
 * directories, and storage that knows only files loses them.
 */

import type { Verification } from './verification.ts';

const REQUIRED = [
  'pg_commit_ts',
  'pg_dynshmem',
  'pg_logical/mappings',
  'pg_logical/snapshots',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_tblspc',
  'pg_twophase',
];

/** Tells of those that are not there. */
export function checkDirectories(
  isThere: (path: string) => boolean,
  { account, findings, ignore }: Verification,
): void {
  account.parts.push('directories');
  for (const path of REQUIRED.filter((candidate) => !ignore.covers(candidate) && !isThere(candidate)))
    findings.add({ check: 'file', path, message: `directory "${path}" is missing` });
}
