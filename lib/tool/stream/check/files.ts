/**
 * Whether the server can read its own files. One that belongs to somebody else, left in the data directory by an
 * administrator, ends a backup, and only when it is reached (sendFile() in src/backend/backup/basebackup.c).
 *
 * SQL can try the files and directories at the top, and the directories of databases, one by one. It does not try
 * the files in directories, which may be millions; the server itself complains of those that it uses.
 */

import pg from 'pg';
import { ServerError } from '../../../libpq/connect/server-error.ts';
import { WAL_DIRECTORY } from '../../../postgres/data-directory.ts';
import { isEmptied, isLeftOut } from '../../../source/pgdata/left-out.ts';
import type { Context } from './context.ts';
import { UnansweredError } from './inquiry.ts';
import { failed, notKnown, ok, type Verdict, withHint } from './verdict.ts';

const ENTRIES =
  "SELECT name, (pg_stat_file(name, true)).isdir FROM pg_ls_dir('.') AS name" +
  " UNION ALL SELECT 'base/' || name, true FROM pg_ls_dir('base') AS name WHERE name ~ '^[0-9]+$'";
const WHO_MAY_ASK =
  'Superusers may ask, and users who may execute pg_ls_dir, pg_stat_file and pg_read_binary_file.';
const NOT_TRIED = 'files in directories were not tried';

/** Whether a backup has nothing of it, or but a directory without contents. */
function isOutside(name: string): boolean {
  return isLeftOut(name) || isEmptied(name) || name === WAL_DIRECTORY;
}

/** Tries to read what lies in the data directory. */
export async function checkFiles({ inquiry }: Context): Promise<Verdict> {
  const entries = await inquiry.ask(ENTRIES).catch((error: unknown) => {
    if (!isNotPermitted(error)) throw error;
  });
  if (entries === undefined)
    return withHint(notKnown('the user may not read files of the server'), WHO_MAY_ASK);
  const complaints: string[] = [];
  for (const [name, isDirectory] of entries) {
    // Of a file that has gone meanwhile nothing else is known.
    if (name === undefined || name === null || isDirectory === null || isOutside(name)) continue;
    const path = pg.escapeLiteral(name);
    const sql =
      isDirectory === 't'
        ? `SELECT count(*) FROM pg_ls_dir(${path}, true, false)`
        : `SELECT length(pg_read_binary_file(${path}, 0, 1, true))`;
    await inquiry.ask(sql).catch((error: Error) => complaints.push(error.message));
  }
  return complaints.length === 0
    ? ok(`those of the data directory can be read; ${NOT_TRIED}`)
    : failed(`${complaints.join('; ')}; ${NOT_TRIED}`);
}

/** SQLSTATE insufficient_privilege, also used for the system's refusals, but those name a file. */
function isNotPermitted(error: unknown): boolean {
  const { cause } = error as Error;
  return (
    error instanceof UnansweredError &&
    cause instanceof ServerError &&
    cause.code === '42501' &&
    cause.report.message.startsWith('permission denied for function')
  );
}
