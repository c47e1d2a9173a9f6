/**
 * The tablespaces of a data directory: what is in its pg_tblspc in, their locations out, in the order in which the
 * server lists them (do_pg_backup_start() in src/backend/access/transam/xlog.c).
 */

import { lstatSync, readlinkSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { decodeName, encodeName } from '../../io/file-name.ts';
import { namesInOrder } from '../../io/names-in-order.ts';
import { TABLESPACES_DIRECTORY } from '../../postgres/data-directory.ts';
import { locationComplaint } from '../../postgres/location.ts';

/** A tablespace, and where it is. */
export interface FoundTablespace {
  readonly oid: number;
  /** As a backup lists it: where the link leads, or "pg_tblspc/OID" for one that lies there. */
  readonly location: string;
  /** The directory to read. */
  readonly directory: string;
  readonly linked: boolean;
}

const OID = /^[1-9][0-9]{0,9}$/;

/** Finds all of them. Throws TroubleError for a link that leads to no location that a backup can have. */
export function findTablespaces(root: string): FoundTablespace[] {
  const directory = `${root}/${TABLESPACES_DIRECTORY}`;
  const names = [...namesInOrder(directory)].filter((name) => OID.test(name));
  return names.flatMap((name) => {
    const path = `${directory}/${name}`;
    const stats = attempt(`could not stat file or directory "${path}"`, () => lstatSync(path));
    if (stats.isSymbolicLink()) return [linked(path, name)];
    return stats.isDirectory() ? [inPlace(path, name)] : [];
  });
}

function linked(path: string, name: string): FoundTablespace {
  const target = attempt(`could not read symbolic link "${path}"`, () => readlinkSync(path, 'buffer'));
  const location = decodeName(target);
  const isUtf8 = typeof encodeName(location) === 'string';
  const complaint = isUtf8 ? locationComplaint(location) : 'is not encoded in UTF-8';
  if (complaint !== undefined)
    throw new TroubleError(`tablespace ${name} has a location that ${complaint}: "${target}"`);
  return { oid: Number(name), location, directory: location, linked: true };
}

function inPlace(path: string, name: string): FoundTablespace {
  const location = `${TABLESPACES_DIRECTORY}/${name}`;
  return { oid: Number(name), location, directory: path, linked: false };
}
