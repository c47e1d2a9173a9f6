/**
 * The tablespaces of a backup in plain format: its pg_tblspc and, where links are missing there, its tablespace_map in,
 * their locations and the directories in which their files lie now out. A backup that was moved, or copied without its
 * links, has its tablespaces elsewhere than it says: mappings from the location to the directory tell where.
 */

import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { readDirectory } from '../../io/read-directory.ts';
import { TABLESPACE_MAP, TABLESPACES_DIRECTORY } from '../../postgres/data-directory.ts';
import { parseTablespaceMap } from '../../postgres/tablespace-map.ts';
import { directoryMapping, type TablespaceMapping } from '../../tablespaces/mapping.ts';

/** A tablespace, and where it is. */
export interface PlainTablespace {
  readonly oid: number;
  /** As the backup says it; "pg_tblspc/OID" for one that lies there. */
  readonly location: string;
  /** The directory to read. */
  readonly directory: string;
  /** The path of its link in the data directory; undefined if it has none. */
  readonly link: string | undefined;
}

const OID = /^[1-9][0-9]{0,9}$/;

/** Finds all of them. Throws TroubleError for a directory that is not there, or a mapping of what the backup has not. */
export function findPlainTablespaces(
  root: string,
  mappings: readonly TablespaceMapping[],
): PlainTablespace[] {
  const found = [...inDirectory(root)];
  const known = new Set(found.map(({ oid }) => oid));
  const all = [...found, ...inMap(root).filter(({ oid }) => !known.has(oid))];
  for (const { from } of mappings)
    if (!all.some((tablespace) => directoryMapping({ from, to: from }).fits(tablespace)))
      throw new TroubleError(`no tablespace of the backup is in directory "${from}"`);
  return all.map((tablespace) => placed(tablespace, mappings));
}

function* inDirectory(root: string): Generator<PlainTablespace, void, undefined> {
  const links = join(root, TABLESPACES_DIRECTORY);
  const entries = attempt(`could not open directory "${links}"`, () => readDirectory(links));
  for (const { name, kind } of entries) {
    if (!OID.test(name)) continue;
    const path = `${TABLESPACES_DIRECTORY}/${name}`;
    const directory = join(root, path);
    const oid = Number(name);
    if (kind === 'directory') yield { oid, location: path, directory, link: undefined };
    if (kind === 'symlink') yield { oid, location: readlinkSync(directory), directory, link: path };
  }
}

function inMap(root: string): PlainTablespace[] {
  const path = join(root, TABLESPACE_MAP);
  if (!existsSync(path)) return [];
  const map = parseTablespaceMap(attempt(`could not open file "${path}"`, () => readFileSync(path)));
  return [...map].map(([oid, location]) => ({ oid, location, directory: location, link: undefined }));
}

function placed(tablespace: PlainTablespace, mappings: readonly TablespaceMapping[]): PlainTablespace {
  const mapping = mappings.find((each) => directoryMapping(each).fits(tablespace));
  const directory = mapping?.to ?? tablespace.directory;
  if (existsSync(directory)) return { ...tablespace, directory };
  throw new TroubleError(`tablespace ${tablespace.oid} is not at "${mapping?.to ?? tablespace.location}"`, {
    hint: `If it is in another directory, use -T "${tablespace.location}=DIRECTORY".`,
  });
}
