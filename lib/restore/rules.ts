/**
 * What is special about the members of an archive. Nothing is, in the archives of tablespaces and of WAL; the
 * rules for base.tar are in base-rules.ts.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { ContentsSink, FileWriter } from '../store/file-writer.ts';
import type { Member } from '../tar/member.ts';
import { quoted } from '../terminal/visible.ts';

/** Says what becomes of each member, by its path in the archive. Only see() changes anything. */
export interface Rules {
  /** Told of each member, before it is asked about. Throws BackupError for one that must not be there. */
  see(path: string, member: Member): void;
  /** The name under which a file is created; undefined for one that is left out. */
  fileName(path: string): string | undefined;
  /** What takes the contents of a file that is left out; undefined if they are dropped. */
  leftOut(path: string): ContentsSink | undefined;
  /** What takes a file's contents, so many bytes: the file that has been created for them, or what stands before it. */
  contents(path: string, file: FileWriter, size: number): ContentsSink;
  /** Whether a directory is made. */
  makesDirectory(path: string): boolean;
}

/** Rules for an archive that has only plain members. */
export function plainRules(archive: string): Rules {
  return {
    see: (path, member) => {
      if (member.kind === 'symlink') throw unexpectedLink(archive, path, member.linkTarget);
    },
    fileName: (path) => path,
    leftOut: () => undefined,
    contents: (_path, file) => file,
    makesDirectory: () => true,
  };
}

/** The error for a link that no server sends. */
export function unexpectedLink(archive: string, path: string, target = ''): BackupError {
  return new BackupError(`unexpected symbolic link ${quoted(path)} in archive "${archive}"`, {
    detail: `It points to ${quoted(target)}.`,
  });
}
