/**
 * Mappings: which tablespaces go where, in the four forms that bb-relocate takes. Directories and OIDs come in, which
 * are absolute, canonical and valid, and an object goes out that is asked for each tablespace.
 */

import { posix } from 'node:path';
import { canonicalPath } from './canonical-path.ts';
import type { Tablespace } from './tablespace.ts';

/** A mapping of one directory to another; both paths are absolute and canonical. */
export interface TablespaceMapping {
  readonly from: string;
  readonly to: string;
}

/** One mapping. */
export interface Mapping {
  /** What it maps, for messages: `directory "/ssd"`. */
  readonly subject: string;
  /** What to say if it fits no tablespace of the backup. */
  readonly complaint: string;
  fits(tablespace: Tablespace): boolean;
  /** Where a tablespace goes that it fits. */
  target(tablespace: Tablespace): string;
}

/** -T OLDDIR=NEWDIR: the tablespace in that directory. */
export function directoryMapping({ from, to }: TablespaceMapping): Mapping {
  return {
    subject: `directory "${from}"`,
    complaint: `no tablespace of the backup is in directory "${from}"`,
    fits: ({ location }) => canonicalPath(location) === from,
    target: () => to,
  };
}

/** --oid OID=NEWDIR: the tablespace with that OID. */
export function oidMapping(mapped: number, to: string): Mapping {
  return {
    subject: `OID ${mapped}`,
    complaint: `no tablespace of the backup has OID ${mapped}`,
    fits: ({ oid }) => oid === mapped,
    target: () => to,
  };
}

/** --prefix OLDDIR=NEWDIR: the tablespaces in that directory and below it, which keep the rest of their path. */
export function prefixMapping({ from, to }: TablespaceMapping): Mapping {
  const below = from === '/' ? from : `${from}/`;
  return {
    subject: `prefix "${from}"`,
    complaint: `no tablespace of the backup is in or below directory "${from}"`,
    fits: ({ location }) => `${canonicalPath(location)}/`.startsWith(below),
    target: ({ location }) => canonicalPath(`${to}/${canonicalPath(location).slice(from.length)}`),
  };
}

/** --all-into DIRECTORY: every tablespace that can be moved, into a directory there with its OID as name. */
export function allIntoMapping(into: string): Mapping {
  return {
    subject: 'everything',
    complaint: 'the backup has no tablespaces that could be moved',
    fits: ({ location }) => posix.isAbsolute(location),
    target: ({ oid }) => posix.join(into, String(oid)),
  };
}
