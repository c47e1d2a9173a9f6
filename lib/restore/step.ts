/**
 * What can be done with a backup while it is extracted, besides unpacking it: an amendment stands before the contents
 * of files, and has the last word when all has been unpacked. Who wants one passes it to extract().
 */

import type { MemberOwner } from '../tar/member.ts';
import { ROOT } from '../tar/safe-path.ts';
import type { ContentsSink, FileWriter, Owner } from './file-writer.ts';
import { type Edit, HeldContents } from './held-file.ts';
import type { Rules } from './rules.ts';
import type { Site } from './targets.ts';

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
  /** Whether a file or directory, which has this path in the data directory, is extracted. */
  keeps?(path: string, kind: 'file' | 'directory'): boolean;
  /** Told of each file and directory that an archive has, and whether it is extracted. */
  see?(path: string, kind: 'file' | 'directory', kept: boolean): void;
  /** Whom the files of an archive are given to when they are made; told whom its first member belongs to. */
  owner?(member: MemberOwner): Owner | undefined;
  /** The path in the data directory under which a file is created that has this one in the backup. */
  fileName?(path: string): string;
  /** Stands before a file of so many bytes, which has this path in the backup, or leaves it alone. */
  contents?(path: string, file: FileWriter, size: number): ContentsSink | undefined;
  /** What becomes of the contents of a small file; undefined to leave it alone. */
  edit?(path: string): Edit | undefined;
  /** Called before anything is synced and gets its proper name. */
  complete?(unpacked: Unpacked): Promise<void> | void;
}

/** The rules for an archive, with amendments. The prefix makes a member's path one in the data directory. */
export function amend(rules: Rules, prefix: string, amendments: readonly Amendment[]): Rules {
  if (!amendments.some(concernsMembers)) return rules;
  const inDataDirectory = (path: string) => (path === ROOT ? prefix.slice(0, -1) : prefix + path);
  const keeps = (path: string, kind: 'file' | 'directory') => isKept(inDataDirectory(path), kind, amendments);
  const rename = (name: string) =>
    amendments
      .reduce((renamed, amendment) => amendment.fileName?.(renamed) ?? renamed, prefix + name)
      .slice(prefix.length);
  return {
    see: (path, member) => {
      rules.see(path, member);
      const { kind } = member;
      if (kind === 'symlink' || (kind === 'file' && rules.fileName(path) === undefined)) return;
      const kept = keeps(path, kind);
      for (const amendment of amendments) amendment.see?.(inDataDirectory(path), kind, kept);
    },
    fileName: (path) => {
      const name = rules.fileName(path);
      return name !== undefined && keeps(path, 'file') ? rename(name) : undefined;
    },
    leftOut: (path) => rules.leftOut(path),
    makesDirectory: (path) => rules.makesDirectory(path) && keeps(path, 'directory'),
    contents: (path, file, size) => {
      const full = prefix + path;
      const first = firstContents(amendments, full, file, size) ?? rules.contents(path, file, size);
      const edits = amendments.flatMap((amendment) => amendment.edit?.(full) ?? []);
      if (edits.length === 0) return first;
      return new HeldContents(first, (contents) => edits.reduce((edited, edit) => edit(edited), contents));
    },
  };
}

function concernsMembers({ keeps, see, fileName, contents, edit }: Amendment): boolean {
  return [keeps, see, fileName, contents, edit].some((hook) => hook !== undefined);
}

/** What the first of the amendments has to stand before a file. */
function firstContents(
  amendments: readonly Amendment[],
  path: string,
  file: FileWriter,
  size: number,
): ContentsSink | undefined {
  for (const amendment of amendments) {
    const sink = amendment.contents?.(path, file, size);
    if (sink !== undefined) return sink;
  }
  return undefined;
}

/** Whether all amendments want a file or directory. */
export function isKept(path: string, kind: 'file' | 'directory', amendments: readonly Amendment[]): boolean {
  return amendments.every((amendment) => amendment.keeps?.(path, kind) ?? true);
}

/** Whom the files of an archive are given to. */
export function ownerOf(member: MemberOwner, amendments: readonly Amendment[]): Owner | undefined {
  return amendments.map((amendment) => amendment.owner?.(member)).find((owner) => owner !== undefined);
}
