/**
 * Paths that are not verified, with all that is below them. Some always are: the manifest, which is not in itself;
 * WAL, which is verified in another way; and what restoring or pg_basebackup -R changes. See main() in
 * src/bin/pg_verifybackup/pg_verifybackup.c.
 */

import { posix } from 'node:path';
import { nameAsArgument } from '../../io/file-name.ts';
import {
  AUTO_CONFIGURATION_FILE,
  RECOVERY_SIGNAL,
  STANDBY_SIGNAL,
  WAL_DIRECTORY,
} from '../../postgres/data-directory.ts';
import { MANIFEST } from '../../stream/archive-name.ts';

const ALWAYS = [MANIFEST, WAL_DIRECTORY, AUTO_CONFIGURATION_FILE, RECOVERY_SIGNAL, STANDBY_SIGNAL] as const;

/** The paths. */
export class IgnoreList {
  readonly #paths: Set<string>;

  /** Takes the paths that the user has given, relative to the backup. */
  constructor(paths: readonly string[]) {
    this.#paths = new Set([...ALWAYS, ...paths.map(canonical)]);
  }

  /** From now on the path is ignored, too: there has been a complaint about it. */
  add(path: string): void {
    this.#paths.add(nameAsArgument(path));
  }

  /** Whether the path, or a directory that it is in, is ignored. */
  covers(name: string): boolean {
    const path = nameAsArgument(name);
    if (this.#paths.has(path)) return true;
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
      if (this.#paths.has(path.slice(0, slash))) return true;
    return false;
  }
}

/** Without "." and double slashes, nor a slash at the end. */
function canonical(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '');
}
