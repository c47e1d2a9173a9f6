/**
 * Checks of what is stored: tablespaces and their size.
 *
 * A symbolic link in a tar holds no more than 99 bytes (tarCreateHeader() in src/port/tar.c). That limit does not
 * matter here: asked for tablespace_map, the server leaves the links in pg_tblspc out (sendtblspclinks in
 * src/backend/backup/basebackup.c), and the map holds paths of any length.
 */

import pg from 'pg';
import { formatSize } from '../../../terminal/units.ts';
import type { Context } from './context.ts';
import { UnansweredError } from './inquiry.ts';
import { notKnown, ok, type Verdict, withHint } from './verdict.ts';

const LOCATIONS =
  "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')";
/** Few may ask for the size of pg_global, which is small. */
const SIZE = "SELECT sum(pg_tablespace_size(oid))::int8 FROM pg_tablespace WHERE spcname <> 'pg_global'";
const LONGEST_LINK_BYTES = 99;

/** The number of tablespaces, and of paths that are too long for links in a tar. */
export async function checkTablespaces({ inquiry }: Context): Promise<Verdict> {
  const paths = (await inquiry.ask(LOCATIONS)).map(([path]) => path ?? '');
  const long = paths.filter((path) => Buffer.byteLength(path) > LONGEST_LINK_BYTES).length;
  const remark =
    long === 0 ? '' : `, ${long} with a path too long for a link in a tar, but not for tablespace_map`;
  return ok(`${paths.length}${remark}`);
}

/** The size of tables and indexes. The user may not be allowed to know it (calculate_tablespace_size() in dbsize.c). */
export async function checkSize({ inquiry, sessions }: Context): Promise<Verdict> {
  const rows = await inquiry.ask(SIZE).catch((error: unknown) => {
    if (!(error instanceof UnansweredError) || !/^permission denied for tablespace/.test(error.message))
      throw error;
    return error.message;
  });
  if (typeof rows === 'string') {
    const grant = `GRANT pg_read_all_stats TO ${pg.escapeIdentifier(sessions.settings.user)}`;
    return withHint(notKnown(rows), `Use --estimate, or have a superuser run: ${grant}`);
  }
  const bytes = Number(rows[0]?.[0]);
  return ok(`about ${formatSize(bytes)} (${bytes} bytes) without WAL`);
}
