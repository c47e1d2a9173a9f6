/**
 * Where each tablespace goes: the tablespaces of a backup and the mappings in, destinations out. What can be wrong with
 * the mappings is found here, when all tablespaces are known.
 */

import { TroubleError } from '../errors/trouble.ts';
import { canonicalPath } from './canonical-path.ts';
import { insistOnDistance } from './distance.ts';
import type { Mapping } from './mapping.ts';
import { insistOnUtf8, isInPlace, type Tablespace } from './tablespace.ts';

/** A tablespace and where it goes. */
export interface Destination extends Tablespace {
  /** The location itself if the tablespace stays. */
  readonly target: string;
  /** Whether it lies in the data directory itself, and so has no link to it. */
  readonly inPlace: boolean;
}

/**
 * The longest location that a server takes: MAXPGPATH less "/PG_18_202506291/OID/OID_FORK.SEGMENT" (CreateTableSpace()
 * in src/backend/commands/tablespace.c).
 */
const MAX_LOCATION_BYTES = 970;

/**
 * Chooses those of all tablespaces; of the mappings that fit one, the first counts. Throws TroubleError for mappings
 * that do not fit the backup, and what isInPlace() throws.
 */
export function chooseDestinations(
  tablespaces: readonly Tablespace[],
  mappings: readonly Mapping[],
): readonly Destination[] {
  insistOnUse(mappings, tablespaces);
  return tablespaces.map((tablespace) => chooseDestination(tablespace, mappings));
}

/** Chooses that of one tablespace. */
export function chooseDestination(tablespace: Tablespace, mappings: readonly Mapping[]): Destination {
  const { oid, location } = tablespace;
  const inPlace = isInPlace(tablespace);
  const target = mappings.find((mapping) => mapping.fits(tablespace))?.target(tablespace) ?? location;
  if (target !== location) insistOnMovable(oid, inPlace, target);
  return { oid, location, target, inPlace };
}

/** Throws TroubleError if a tablespace that moves gets too close to another one. */
export function insistOnRoom(destinations: readonly Destination[]): void {
  const linked = destinations.filter(({ inPlace }) => !inPlace);
  const directories = linked.map(({ oid, location, target }) => ({
    name: `tablespace ${oid}`,
    path: target,
    real: canonicalPath(target),
    stays: target === location,
  }));
  insistOnDistance(directories);
}

/** A mapping that does nothing is a mistake, and would be noticed too late. */
function insistOnUse(mappings: readonly Mapping[], tablespaces: readonly Tablespace[]): void {
  const seen = new Set<string>();
  for (const mapping of mappings) {
    if (seen.has(mapping.subject)) throw new TroubleError(`${mapping.subject} is mapped twice`);
    seen.add(mapping.subject);
    if (tablespaces.some((tablespace) => mapping.fits(tablespace))) continue;
    const known = tablespaces.map(({ oid, location }) => `${oid} at "${location}"`).join(', ');
    throw new TroubleError(mapping.complaint, {
      detail: known === '' ? 'The backup has no tablespaces.' : `The tablespaces of the backup: ${known}.`,
    });
  }
}

function insistOnMovable(oid: number, inPlace: boolean, target: string): void {
  if (inPlace) {
    throw new TroubleError(`could not move tablespace ${oid}`, {
      detail: 'It lies in the data directory itself, and goes where that goes.',
    });
  }
  insistOnUtf8(`new location of tablespace ${oid}`, target);
  const bytes = Buffer.byteLength(target);
  if (bytes <= MAX_LOCATION_BYTES) return;
  throw new TroubleError(`new location of tablespace ${oid} is too long`, {
    detail: `It has ${bytes} bytes, and servers take ${MAX_LOCATION_BYTES} at most.`,
  });
}
