/**
 * Whether tablespace_map and the links in pg_tblspc of a data directory name the same directories. A server that is
 * started there makes the links anew from the map, and whoever combines backups takes the map along: where the two
 * differ, it works on other files than those that were verified, perhaps on those of another backup. A directory in
 * place of a link is where somebody has unpacked an archive: no server starts with it, but it misleads nobody.
 */

import { readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { TABLESPACE_MAP, TABLESPACES_DIRECTORY } from '../postgres/data-directory.ts';
import type { Facts } from './facts.ts';
import type { Verification } from './verification.ts';

const OID = /^[1-9][0-9]{0,9}$/;

/** Compares them, if there is a map. */
export function checkTablespaces(
  { tablespaces }: Facts,
  directory: string,
  verification: Verification,
): void {
  if (tablespaces === undefined) return;
  const { account, findings, ignore } = verification;
  account.parts.push(TABLESPACE_MAP);
  const oids = new Set([...tablespaces.keys(), ...linkedTablespaces(directory)]);
  for (const oid of oids) {
    const path = `${TABLESPACES_DIRECTORY}/${oid}`;
    if (ignore.covers(path)) continue;
    const message = complaint(oid, join(directory, path), tablespaces.get(oid));
    if (message !== undefined) findings.add({ check: 'tablespace', path, message });
    else if (linkTarget(join(directory, path)) === undefined)
      account.skip(`location of tablespace ${oid}`, `"${path}" is a directory`);
  }
}

/** Those that have a link; others live in pg_tblspc itself, and are in no map. */
function linkedTablespaces(directory: string): number[] {
  try {
    const entries = readdirSync(join(directory, TABLESPACES_DIRECTORY), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isSymbolicLink() && OID.test(entry.name))
      .map(({ name }) => Number(name));
  } catch {
    return []; // that it is missing was told of
  }
}

function complaint(oid: number, full: string, location: string | undefined): string | undefined {
  const path = `${TABLESPACES_DIRECTORY}/${oid}`;
  if (location === undefined)
    return `"${path}" is a link, but "tablespace_map" does not have tablespace ${oid}`;
  if (statusOf(full)?.isDirectory() !== true)
    return `"${path}" is present in "tablespace_map" but not on disk`;
  const target = linkTarget(full);
  if (target === undefined || target === location || isSameDirectory(full, location)) return undefined;
  return `"${path}" is a link to "${target}", but by "tablespace_map" tablespace ${oid} is at "${location}"`;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The same directory may have several names. */
function isSameDirectory(one: string, other: string): boolean {
  const [first, second] = [statusOf(one), statusOf(other)];
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
