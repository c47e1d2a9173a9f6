/**
 * What can be done with a backup while it is restored, besides unpacking it: a restore step chooses files and stands
 * before their contents, and has the last word when everything has been unpacked. The steps that there are, and their
 * order, are in restore-steps.ts.
 */

import type { ContentsSink, FileWriter, Owner } from '../store/file-writer.ts';
import type { MemberOwner } from '../tar/member.ts';
import { ROOT } from '../tar/safe-path.ts';
import { type Edit, HeldContents } from './held-file.ts';
import type { Rules } from './rules.ts';
import type { TargetDirectories } from './target-directories.ts';

/** What is known when everything has been unpacked. */
export interface Unpacked {
  readonly targets: TargetDirectories;
  /** Whether the data directory is to be readable by its group. */
  readonly groupAccess: boolean;
}

type Kind = 'file' | 'directory';

/**
 * A change to a backup that is restored. All paths are relative to the data directory. What it throws ends the restore.
 */
export interface RestoreStep {
  /** Whether what comes out is less than the backup, so that its manifest would not fit. */
  readonly partial?: boolean;
  /** Whether a file or directory is extracted. */
  keeps?(path: string, kind: Kind): boolean;
  /** Told of each file and directory that an archive has, and whether it is extracted. */
  see?(path: string, kind: Kind, kept: boolean): void;
  /** Chooses whom the files of an archive are given to; told whom its first member belongs to. */
  chooseOwner?(member: MemberOwner): Owner | undefined;
  /** The path under which a file is created that has this one in the backup. */
  fileName?(path: string): string;
  /** Stands before a file of so many bytes, or leaves it alone. */
  contents?(path: string, file: FileWriter, size: number): ContentsSink | undefined;
  /** What becomes of the contents of a small file; undefined to leave it alone. */
  edit?(path: string): Edit | undefined;
  /** Called before anything is synced and gets its proper name. */
  complete?(unpacked: Unpacked): Promise<void> | void;
}

/** The rules for an archive, with the steps. The prefix makes a member's path one in the data directory. */
export function withSteps(rules: Rules, prefix: string, steps: readonly RestoreStep[]): Rules {
  if (!steps.some(concernsMembers)) return rules;
  const inDataDirectory = (path: string) => (path === ROOT ? prefix.slice(0, -1) : prefix + path);
  const keeps = (path: string, kind: Kind) => isKept(inDataDirectory(path), kind, steps);
  const rename = (name: string) =>
    steps.reduce((renamed, step) => step.fileName?.(renamed) ?? renamed, prefix + name).slice(prefix.length);
  return {
    see: (path, member) => {
      rules.see(path, member);
      const { kind } = member;
      if (kind === 'symlink' || (kind === 'file' && rules.fileName(path) === undefined)) return;
      const kept = keeps(path, kind);
      for (const step of steps) step.see?.(inDataDirectory(path), kind, kept);
    },
    fileName: (path) => {
      const name = rules.fileName(path);
      return name !== undefined && keeps(path, 'file') ? rename(name) : undefined;
    },
    leftOut: (path) => rules.leftOut(path),
    makesDirectory: (path) => rules.makesDirectory(path) && keeps(path, 'directory'),
    contents: (path, file, size) => {
      const full = prefix + path;
      const first = firstContents(steps, full, file, size) ?? rules.contents(path, file, size);
      const edits = steps.flatMap((step) => step.edit?.(full) ?? []);
      if (edits.length === 0) return first;
      return new HeldContents(first, (contents) => edits.reduce((edited, edit) => edit(edited), contents));
    },
  };
}

function concernsMembers({ keeps, see, fileName, contents, edit }: RestoreStep): boolean {
  return [keeps, see, fileName, contents, edit].some((hook) => hook !== undefined);
}

/** What the first of the steps has to stand before a file. */
function firstContents(
  steps: readonly RestoreStep[],
  path: string,
  file: FileWriter,
  size: number,
): ContentsSink | undefined {
  for (const step of steps) {
    const sink = step.contents?.(path, file, size);
    if (sink !== undefined) return sink;
  }
  return undefined;
}

/** Whether all steps want a file or directory. */
export function isKept(path: string, kind: Kind, steps: readonly RestoreStep[]): boolean {
  return steps.every((step) => step.keeps?.(path, kind) ?? true);
}

/** Lets the steps choose whom the files of an archive are given to. */
export function chooseOwner(member: MemberOwner, steps: readonly RestoreStep[]): Owner | undefined {
  return steps.map((step) => step.chooseOwner?.(member)).find((owner) => owner !== undefined);
}
