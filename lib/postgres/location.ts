/**
 * Locations of tablespaces: files are created there, and links point there. A server stores absolute paths in normal
 * form (CreateTableSpace() in src/backend/commands/tablespace.c), so any other path was not written by a server. A
 * server would allow control characters; here they are refused, since they could forge lines of a list, a map or a
 * report.
 */

import { BackupError } from '../errors/backup-error.ts';

/** An empty component, "." or "..". */
const ABNORMAL_COMPONENT = /\/\.{0,2}(?:\/|$)/;
const CONTROL_CHARACTER = /\p{Cc}/u;

/** What is wrong, to follow the words "a location that"; undefined if nothing is. */
export function locationComplaint(path: string): string | undefined {
  if (!path.startsWith('/')) return 'is not absolute';
  if (CONTROL_CHARACTER.test(path)) return 'has a control character in it';
  return path !== '/' && ABNORMAL_COMPONENT.test(path) ? 'is not in normal form' : undefined;
}

/** Throws BackupError for a tablespace of a backup whose location cannot be used. */
export function insistOnLocation(oid: number, location: string): void {
  const complaint = locationComplaint(location);
  if (complaint !== undefined)
    throw new BackupError(`tablespace ${oid} has a location that ${complaint}: "${location}"`);
}
