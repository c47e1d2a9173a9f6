/**
 * What is special about the members of an archive. Nothing is, in the archives of tablespaces and of WAL; the
 * rules for base.tar are in base.ts.
 */

import { BackupError } from '../errors/backup-error.ts';
import { quoted } from '../terminal/visible.ts';
import type { ContentsSink, FileWriter } from './file-writer.ts';

/** Asked for each member, by its path in the archive. */
export interface Rules {
  /** The name under which a file is created; undefined for one that is left out. */
  fileName(path: string): string | undefined;
  /** What takes the contents of a file that is left out; undefined if nobody wants to see them. */
  leftOut(path: string): ContentsSink | undefined;
  /** What takes a file's contents: the file that has been opened for them, or what stands before it. */
  contents(path: string, file: FileWriter): ContentsSink;
  /** A directory, and the mode that it gets: whether it is made. */
  directory(path: string, mode: number): boolean;
  /** A symbolic link, which is not made; throws BackupError if it is not as it should be. */
  link(path: string, target: string): void;
}

/** Rules for an archive that has only plain members. */
export function plainRules(archive: string): Rules {
  return {
    fileName: (path) => path,
    leftOut: () => undefined,
    contents: (_path, file) => file,
    directory: () => true,
    link: (path, target) => {
      throw unexpectedLink(archive, path, target);
    },
  };
}

/** The error for a link that no server sends. */
export function unexpectedLink(archive: string, path: string, target: string): BackupError {
  return new BackupError(`unexpected symbolic link ${quoted(path)} in archive "${archive}"`, {
    detail: `It points to ${quoted(target)}.`,
  });
}
