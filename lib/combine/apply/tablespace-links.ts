/**
 * The tablespaces of a backup that is applied: its list and the mappings in. Those that the directory has already stay
 * where they are; a new one goes to its location, or where a mapping puts it, and gets a link.
 */

import { readlinkSync, symlinkSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { readDirectory } from '../../io/read-directory.ts';
import { TABLESPACES_DIRECTORY } from '../../postgres/data-directory.ts';
import { insistOnLocations } from '../../restore/check-locations.ts';
import { chooseDirectories, type TablespaceTarget } from '../../restore/tablespace-targets.ts';
import type { Owner } from '../../store/file-writer.ts';
import { TargetDirectory } from '../../store/target-directory.ts';
import { canonicalPath } from '../../tablespaces/canonical-path.ts';
import type { TablespaceMapping } from '../../tablespaces/mapping.ts';
import { pathInDataDirectory, type Tablespace } from '../../tablespaces/tablespace.ts';
import { giveTo } from './file-acts.ts';

/** Chooses where new ones go. Throws TroubleError for mappings that do not fit, and directories that cannot be used. */
export function newTablespaces(
  directory: string,
  listed: readonly Tablespace[],
  mappings: readonly TablespaceMapping[],
): readonly TablespaceTarget[] {
  const links = readLinks(directory);
  const there = listed.flatMap(({ oid, location }) => {
    const to = links.get(oid);
    return to === undefined ? [] : [{ oid, from: canonicalPath(location), to }];
  });
  for (const { from, to } of mappings) {
    const tablespace = there.find((one) => one.from === from && one.to !== to);
    if (tablespace !== undefined)
      throw new TroubleError(`could not move tablespace ${tablespace.oid}`, {
        detail: `It is in directory "${tablespace.to}", and stays there.`,
      });
  }
  const others = mappings.filter(({ from }) => !there.some((one) => one.from === from));
  const targets = chooseDirectories({ directory }, listed, [...others, ...there]);
  const added = targets.filter(({ oid, linked }) => linked && !links.has(oid));
  insistOnLocations(directory, added);
  return added;
}

/** Makes their directories and the links. Returns the directories that are to be synced. */
export function linkTablespaces(
  directory: string,
  added: readonly TablespaceTarget[],
  owner: Owner | undefined,
): readonly string[] {
  return added.flatMap(({ oid, directory: target }) => {
    const { created, path, parentsMade, holders } = TargetDirectory.open(target);
    if (created) for (const made of [path, ...parentsMade]) giveTo(made, owner);
    const link = `${directory}/${pathInDataDirectory(oid)}`;
    attempt(`could not create symbolic link from "${link}" to "${target}"`, () => symlinkSync(target, link));
    giveTo(link, owner);
    return holders;
  });
}

/** By OID, where the links lead. */
function readLinks(directory: string): ReadonlyMap<number, string> {
  const links = `${directory}/${TABLESPACES_DIRECTORY}`;
  const entries = attempt(`could not open directory "${links}"`, () => readDirectory(links));
  return new Map(
    entries
      .filter(({ kind }) => kind === 'symlink')
      .map(({ name }) => [Number(name), canonicalPath(readlinkSync(`${links}/${name}`))]),
  );
}
