/**
 * Which server runs on a data directory: where it listens, by its postmaster.pid, and whether a session is with it and no
 * other. A standby or a copy has the same system identifier, so the server is also asked for its data directory; a user
 * who may not know that has a session all the same whose process is a child of this postmaster.
 */

import { readFileSync, realpathSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { LOCK_FILE } from '../../postgres/data-directory.ts';
import { type Listening, parseLockFile } from '../../postgres/lock-file.ts';
import type { BackupSession } from './backup-session.ts';
import { readLiveControl } from './cluster.ts';

/** Where the server listens. Throws TroubleError if there is none. */
export function findServer(root: string): Listening {
  const path = `${root}/${LOCK_FILE}`;
  try {
    return parseLockFile(attempt(`could not open file "${path}"`, () => readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new TroubleError(`no server is running on data directory "${root}"`, {
      detail: `${(cause as Error).message}.`,
      hint: 'The files of a server that was stopped cleanly can be read with --offline.',
      cause,
    });
  }
}

/** Throws TroubleError unless the session is with the server that runs on the data directory. */
export async function insistOnServer(
  session: BackupSession,
  root: string,
  { pid }: Listening,
): Promise<void> {
  const { control } = await readLiveControl(root);
  const { systemIdentifier, dataDirectory } = await session.identity();
  const other = (detail: string) =>
    new TroubleError(`data directory "${root}" is not that of the server`, { detail });
  if (systemIdentifier !== String(control.systemIdentifier))
    throw other(
      `Its system identifier is ${control.systemIdentifier}, that of the server ${systemIdentifier}.`,
    );
  if (dataDirectory !== undefined) {
    if (realPath(dataDirectory) !== root)
      throw other(`The data directory of the server is "${dataDirectory}".`);
  } else if (parentOf(session.processId) !== pid) {
    throw new TroubleError(`could not find out whether data directory "${root}" is that of the server`, {
      hint: 'The user needs the role "pg_read_all_settings".',
    });
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // on another host, or in another container
  }
}

/** 0 where the system does not tell. */
function parentOf(pid: number): number {
  try {
    // The name, in parentheses, may have spaces; the state and the parent come after it (proc(5)).
    return Number(/\) \S+ (\d+)[^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
