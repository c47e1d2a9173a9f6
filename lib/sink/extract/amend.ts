/**
 * What can be done with a backup while it is extracted, besides unpacking it: an amendment stands before the contents
 * of files, and has the last word when all has been unpacked. Who wants one passes it to extract().
 */

import type { ContentsSink, FileWriter } from './file.ts';
import type { Rules } from './rules.ts';
import type { Site } from './site.ts';

/** What is known when all has been unpacked. */
export interface Unpacked {
  readonly site: Site;
  /** Whether the data directory is to be readable by its group. */
  readonly groupAccess: boolean;
}

/** A change to a backup that is extracted. What it throws ends the extraction. */
export interface Amendment {
  /** Whether what comes out is less than the backup, so that its manifest would not fit. */
  readonly partial?: boolean;
  /** Stands before a file, which has this path in the data directory, or leaves it alone. */
  contents?(path: string, file: FileWriter): ContentsSink | undefined;
  /** Called before anything is synced and gets its proper name. */
  complete?(unpacked: Unpacked): Promise<void> | void;
}

/** The rules for an archive, with amendments. The prefix makes a member's path one in the data directory. */
export function amend(rules: Rules, prefix: string, amendments: readonly Amendment[]): Rules {
  if (amendments.every((amendment) => amendment.contents === undefined)) return rules;
  return {
    fileName: (path) => rules.fileName(path),
    directory: (path, mode) => rules.directory(path, mode),
    link: (path, target) => rules.link(path, target),
    contents: (path, file) => {
      for (const amendment of amendments) {
        const sink = amendment.contents?.(prefix + path, file);
        if (sink !== undefined) return sink;
      }
      return rules.contents(path, file);
    },
  };
}
