/** The error for data of a PostgreSQL version that is newer than this bb: no verdict on the backup, but trouble. */

import { TroubleError } from '../errors/trouble.ts';

/** Why something was not checked. */
export const NEWER = 'written by a newer PostgreSQL than this bb knows';

/** Something has a version number that is higher than all that are known. */
export class NewerVersionError extends TroubleError {
  /** Takes what it is, and the numbers with their name: `control file version 2001`. */
  constructor(what: string, found: string, newest: number | string) {
    super(`${what} was ${NEWER}: ${found}, the newest known is ${newest}`);
    this.name = 'NewerVersionError';
  }
}
