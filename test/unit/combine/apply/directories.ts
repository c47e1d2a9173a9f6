/** Applies backups to directories, and tells what these hold. */

import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApplyOptions, applyBackup } from '../../../../lib/combine/apply/apply.ts';
import type { Update } from '../../../../lib/combine/apply/update.ts';
import { inspect } from '../../../../lib/combine/input.ts';
import { checksumOf } from '../../../../lib/manifest/checksum.ts';
import type { TablespaceMapping } from '../../../../lib/tablespaces/mapping.ts';

/** What came of it. */
export interface Applied {
  readonly update: Update | undefined;
  readonly warnings: readonly string[];
}

/** Applies a backup. What is thrown has been so with these warnings. */
export async function apply(
  place: string,
  directory: string,
  options: Partial<ApplyOptions> = {},
  warnings: string[] = [],
): Promise<Applied> {
  const { signal } = new AbortController();
  const update = await applyBackup(await inspect(place, signal), {
    directory,
    mappings: [],
    verify: false,
    sync: false,
    signal,
    begin() {},
    add() {},
    warn: (message) => warnings.push(message),
    ...options,
  });
  return { update, warnings };
}

/** All files and directories with their modes, those of tablespaces below the names of their links. */
export function contentsOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const contents: Record<string, string> = {};
  for (const name of names) {
    const path = join(directory, name);
    const stats = lstatSync(path);
    if (stats.isSymbolicLink())
      for (const [inner, what] of Object.entries(contentsOf(path))) contents[join(name, inner)] = what;
    const what = stats.isFile() ? checksumOf('SHA256', readFileSync(path)) : 'no file';
    contents[name] = stats.isSymbolicLink() ? 'link' : `${(stats.mode & 0o777).toString(8)} ${what}`;
  }
  return contents;
}

/** Puts tablespaces of stored backups beside a data directory. */
export function beside(directory: string, ...oids: readonly number[]): TablespaceMapping[] {
  return oids.map((oid) => ({ from: `/ts/${oid}`, to: `${directory}-${oid}` }));
}
