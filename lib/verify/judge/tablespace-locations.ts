/**
 * Whether whatever says where tablespaces are says the same: tablespace_map, the links in pg_tblspc, and the list of a
 * stream. A server that is started makes the links anew from the map, and whoever combines backups takes the map along:
 * where links and map differ, it works on other files than those that were verified, perhaps on those of another
 * backup. A directory in place of a link is where somebody has unpacked an archive: no server starts with it, but it
 * misleads nobody. A tablespace that lives in pg_tblspc itself is in no map.
 */

import { TABLESPACE_MAP, TABLESPACES_DIRECTORY } from '../../postgres/data-directory.ts';
import { SINCE, serverVersion } from '../../postgres/features.ts';
import type { TablespaceMap } from '../../postgres/tablespace-map.ts';
import { quoted } from '../../terminal/visible.ts';
import type { ControlFiles } from '../records/control-files.ts';
import type { FoundBackup, FoundLink } from '../records/found-backup.ts';
import type { Verification } from '../shared/verification.ts';
import type { JudgedNames } from './names.ts';

const ABSOLUTE = /^(?:[A-Za-z]:)?[/\\]/;
/** What maps do not escape that older versions wrote. */
const ESCAPED = /[\\\n\r]/;

/** Compares them, as far as there are any. */
export function judgeTablespaces(
  { tablespaces: map, version }: ControlFiles,
  { directories, links }: JudgedNames,
  archives: FoundBackup['tablespaceArchives'],
  verification: Verification,
): void {
  const { statistics } = verification;
  if (map !== undefined && map.size > 0) statistics.addPart(TABLESPACE_MAP);
  for (const oid of new Set([...(map?.keys() ?? []), ...links.keys()])) {
    const path = `${TABLESPACES_DIRECTORY}/${oid}`;
    if (verification.ignore.covers(path)) continue;
    const link = links.get(oid);
    const isThere = archives === undefined ? directories.has(path) : archives.has(oid);
    if (map !== undefined && link !== undefined) compareLink(oid, link, map.get(oid), verification);
    if (!isThere) reportMissing(oid, path, archives !== undefined, verification);
    else if (link === undefined && archives === undefined)
      statistics.skip(`location of tablespace ${oid}`, `"${path}" is a directory`);
  }
  const mapped = new Map([...[...links].map(([oid, { target }]) => [oid, target] as const), ...(map ?? [])]);
  for (const [oid, location] of archives ?? []) compareListed(oid, location, mapped, version, verification);
}

function compareLink(
  oid: number,
  link: FoundLink,
  location: string | undefined,
  { findings }: Verification,
): void {
  const { path, target } = link;
  const add = (message: string) => findings.add({ check: 'tablespace', path, message });
  if (location === undefined)
    add(`"${path}" is a link, but "${TABLESPACE_MAP}" does not have tablespace ${oid}`);
  else if (target !== location && !link.leadsTo(location))
    add(
      `"${path}" is a link to "${target}", but by "${TABLESPACE_MAP}" tablespace ${oid} is at "${location}"`,
    );
}

function reportMissing(oid: number, path: string, isArchived: boolean, { findings }: Verification): void {
  const message = isArchived
    ? `tablespace ${oid} of "${TABLESPACE_MAP}" has no archive`
    : `"${path}" is present in "${TABLESPACE_MAP}" but not on disk`;
  findings.add({ check: 'tablespace', path, message });
}

/** By the list of the stream the tablespace is at the location; empty if there is no list. */
function compareListed(
  oid: number,
  location: string,
  mapped: TablespaceMap,
  version: number | undefined,
  verification: Verification,
): void {
  const other = mapped.get(oid);
  if (location === '' && other === undefined)
    verification.statistics.skip(`location of tablespace ${oid}`, `"${TABLESPACE_MAP}" does not have it`);
  if (!ABSOLUTE.test(location) || other === location) return;
  if (other !== undefined && ESCAPED.test(location) && !escapesMap(version)) return;
  const listed = `the stream says that tablespace ${oid} is at ${quoted(location)}`;
  const contrast = other === undefined ? 'does not have it' : `at ${quoted(other)}`;
  verification.findings.add({
    check: 'tablespace',
    message: `${listed}, but "${TABLESPACE_MAP}" ${contrast}`,
  });
}

function escapesMap(major: number | undefined): boolean {
  return major === undefined || serverVersion(major) >= SINCE.escapedTablespaceMap;
}
