/**
 * Locations of tablespaces, which are followed: files are made there, links lead there. A server gives absolute paths
 * in normal form (CreateTableSpace() in src/backend/commands/tablespace.c), so that none leads elsewhere than it says;
 * a control character it would allow, but then no line of a list, a map or a report could be trusted.
 */

import { BackupError } from '../errors/backup-error.ts';

/** An empty component, "." or "..". */
const ABNORMAL_COMPONENT = /\/\.{0,2}(?:\/|$)/;
const CONTROL_CHARACTER = /\p{Cc}/u;

/** What follows upon "a location that", or undefined for one that can be followed. */
export function locationComplaint(path: string): string | undefined {
  if (!path.startsWith('/')) return 'is not absolute';
  if (CONTROL_CHARACTER.test(path)) return 'has a control character in it';
  return path !== '/' && ABNORMAL_COMPONENT.test(path) ? 'is not in normal form' : undefined;
}

/** Throws BackupError for a tablespace of a backup that cannot be followed to its location. */
export function insistOnLocation(oid: number, location: string): void {
  const complaint = locationComplaint(location);
  if (complaint !== undefined)
    throw new BackupError(`tablespace ${oid} has a location that ${complaint}: "${location}"`);
}
