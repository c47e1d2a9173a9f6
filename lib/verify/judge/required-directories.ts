/**
 * The directories without which no server from 13 to 19 starts from a backup, or it fails at its first checkpoint, and
 * which may be empty, for others are missed with their files. initdb makes them (`subdirs` in src/bin/initdb/initdb.c),
 * the server does not; no manifest lists them, and storage that knows only files loses them.
 */

import { TABLESPACES_DIRECTORY } from '../../postgres/data-directory.ts';
import type { Verification } from '../shared/verification.ts';

const REQUIRED = [
  'pg_commit_ts',
  'pg_logical/mappings',
  'pg_logical/snapshots',
  'pg_notify',
  'pg_replslot',
  'pg_subtrans',
  TABLESPACES_DIRECTORY,
  'pg_twophase',
];

/** Tells of those that are not there. */
export function judgeDirectories(
  directories: ReadonlySet<string>,
  { statistics, findings, ignore }: Verification,
): void {
  statistics.addPart('directories');
  for (const path of REQUIRED.filter((candidate) => !ignore.covers(candidate) && !directories.has(candidate)))
    findings.add({ check: 'file', path, message: `directory "${path}" is missing` });
}
