/**
 * Server versions: from the text of the parameter server_version to a number as in libpq's PQserverVersion
 * (15.18 is 150018), and the oldest and newest versions that bb works with.
 */

import { TroubleError } from '../errors/trouble.ts';
import { SINCE, serverVersion } from './features.ts';
import { NEWEST_BETA, NEWEST_MAJOR, OLDEST_MAJOR } from './versions.ts';

/** A server's version, as it names itself and as a number that compares. */
export interface ServerVersion {
  /** As reported, a packager's addition included: `15.18 (Debian 15.18-0+deb12u1)`. */
  readonly text: string;
  readonly number: number;
}

/**
 * Parses what the server reports: `15.18`, `19devel`, `18beta2`, `9.6.24`. Throws for a server that is too old, or
 * newer than any we know, as pg_basebackup does (BaseBackup() in pg_basebackup.c).
 */
export function parseServerVersion(text: string): ServerVersion {
  const [, major, minor, patch] = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text) ?? [];
  if (major === undefined) throw new TroubleError(`could not parse server version "${text}"`);
  const number =
    Number(major) >= 10
      ? Number(major) * 10000 + Number(minor ?? 0)
      : Number(major) * 10000 + Number(minor ?? 0) * 100 + Number(patch ?? 0);
  if (number < SINCE.bb) {
    throw new TroubleError(`server version ${text} is not supported`, {
      hint: `PostgreSQL ${OLDEST_MAJOR} or later is needed.`,
    });
  }
  if (Number(major) > NEWEST_BETA) {
    throw new TroubleError(`server version ${text} is not supported`, {
      hint: `PostgreSQL ${NEWEST_BETA} is the newest version that this release of bb knows.`,
    });
  }
  return { text, number };
}

/** Whether a server is newer than all releases that bb knows. */
export function isNewerServer({ number }: ServerVersion): boolean {
  return number >= serverVersion(NEWEST_MAJOR + 1);
}
