/** Checks of the server as a whole: its version, its WAL, its checksums, and what an incremental backup needs. */

import { TroubleError } from '../../../errors/trouble.ts';
import { baseBackup } from '../../../libpq/replication/commands.ts';
import { isNewerServer } from '../../../postgres/server-version.ts';
import { NEWEST_MAJOR } from '../../../postgres/versions.ts';
import { uploadManifestFile } from '../../../source/server/old-manifest.ts';
import { type Context, parameter, replicationOf } from './context.ts';
import { failed, ok, type Verdict, warning } from './verdict.ts';

/** Whether the version has all that is asked for. */
export function checkVersion(context: Context): Verdict {
  const version = replicationOf(context).serverVersion;
  const { text, number } = version;
  try {
    baseBackup(context.request.backup, number);
    return isNewerServer(version)
      ? warning(`${text}: newer than ${NEWEST_MAJOR}, the newest release that is known`)
      : ok(text);
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return failed(`${text}: ${error.message}`);
  }
}

/** Whether WAL has what recovery needs. */
export async function checkWalLevel(context: Context): Promise<Verdict> {
  const level = await parameter(context, 'wal_level');
  return level === 'minimal' ? failed('minimal, but must be replica or logical') : ok(level);
}

/** Whether damaged pages would be noticed. */
export async function checkChecksums(context: Context): Promise<Verdict> {
  const value = await parameter(context, 'data_checksums');
  if (value !== 'on') return warning(`${value}: nobody notices damaged pages`);
  return context.request.backup.verifyChecksums ? ok(value) : warning('on, but not to be verified');
}

/** Whether the server has summaries of WAL, and takes the manifest of the earlier backup. */
export async function checkIncremental(context: Context): Promise<Verdict> {
  const connection = replicationOf(context);
  if ((await parameter(context, 'summarize_wal')) !== 'on') return failed('summarize_wal is off');
  await uploadManifestFile(connection, context.request.backup.incremental ?? '', context.sessions.signal);
  return ok('the server takes the manifest');
}
