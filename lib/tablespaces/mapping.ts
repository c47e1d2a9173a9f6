/**
 * Mappings: which tablespaces go where, in the four forms that bb-relocate takes. What the user has written comes in,
 * and an object comes out that is asked for each tablespace.
 */

import { posix } from 'node:path';
import { UsageError } from '../errors/trouble.ts';
import { MAX_OID } from '../postgres/limits.ts';
import { canonicalPath, mappedDirectory, splitMapping, type TablespaceMapping } from './old-new.ts';
import type { Tablespace } from './tablespace.ts';

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

const OID = /^[1-9][0-9]{0,9}$/;

/** -T OLDDIR=NEWDIR: the tablespace in that directory. */
export function directoryMapping({ from, to }: TablespaceMapping): Mapping {
  return {
    subject: `directory "${from}"`,
    complaint: `no tablespace of the backup is in directory "${from}"`,
    fits: ({ location }) => canonicalPath(location) === from,
    target: () => to,
  };
}

/** --oid OID=NEWDIR: the tablespace with that OID. Throws UsageError for what is not of that form. */
export function oidMapping(text: string): Mapping {
  const [left, right] = splitMapping(text, 'OID=NEWDIR');
  const mapped = Number(left);
  if (!OID.test(left) || mapped > MAX_OID)
    throw new UsageError(`invalid OID "${left}" in tablespace mapping`);
  const to = mappedDirectory('new', right);
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

/** --all-into DIR: every tablespace that can be moved, into a directory there with its OID as name. */
export function allIntoMapping(directory: string): Mapping {
  const into = mappedDirectory('new', directory);
  return {
    subject: 'everything',
    complaint: 'the backup has no tablespaces that could be moved',
    fits: ({ location }) => posix.isAbsolute(location),
    target: ({ oid }) => posix.join(into, String(oid)),
  };
}
