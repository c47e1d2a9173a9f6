/**
 * What a reader finds of a backup, and the judge compares with the manifest (judge/backup.ts): names with sizes, the
 * contents of control files, checksums and pages of files, WAL, and what the stream says. A reader of a data directory
 * and one of archives give the same records, and leave it to the judge what they mean.
 */

import type { ChecksumAlgorithm } from '../../manifest/checksum.ts';
import type { ManifestFile, WalRange } from '../../manifest/values.ts';
import type { PageReport } from '../../page/page-report.ts';
import type { Position } from '../../stream/frame.ts';
import type { WalRangeChecker } from '../../wal/check/range-checker.ts';
import type { ControlFileRecords, ControlFiles } from './control-files.ts';
import type { PageScope } from './page-scope.ts';

/** A backup all of whose names have been found, and which can be judged. */
export interface FoundBackup {
  controlFiles(): ControlFileRecords;
  /** Undefined if there is no stream that could say anything. */
  readonly stream: StreamStatement | undefined;
  /** The tablespaces that have an archive, with the locations that the stream says, if any; undefined on disk. */
  readonly tablespaceArchives: ReadonlyMap<number, string> | undefined;
  readonly wal: FoundWal;
  /**
   * Gives `take` what is in the files that are wanted, in any order; what else was read may be among them. Pages are
   * checked by these rules.
   */
  contents(files: WantedFiles, pages: PageScope | undefined, take: TakeContents): Promise<void>;
}

/** Where a name was found, by which findings speak of it. */
interface Found {
  /** Relative to the data directory. */
  readonly path: string;
  /** Undefined for what lies on disk. */
  readonly archive: string | undefined;
}

/** A file by name and size. */
export interface FoundFile extends Found {
  readonly type: 'file';
  readonly size: number;
}

/** A directory, or a link to one that was followed. */
export interface FoundDirectory extends Found {
  readonly type: 'directory';
}

/** A symbolic link. Those of tablespaces only, where links are followed. */
export interface FoundLink extends Found {
  readonly type: 'link';
  readonly target: string;
  /** Whether it leads to the directory of that name, which may have several. */
  leadsTo(location: string): boolean;
}

/** Something with a name. */
export type FoundName =
  | FoundFile
  | FoundLink
  | FoundDirectory
  /** Neither file nor directory, such as a socket. */
  | (Found & { readonly type: 'special' })
  /** What it is could not be found out, for this reason. */
  | (Found & { readonly type: 'unreadable'; readonly trouble: string })
  /**
   * It cannot be where it is: two members of one name, a file that belongs to no backup. What follows upon its name.
   */
  | (Found & { readonly type: 'misplaced'; readonly complaint: string })
  /** Zeros after the end of an archive that no tar writer adds. */
  | { readonly type: 'zeros'; readonly archive: string; readonly bytes: number };

/** The files to be read: those with the name and the size that the manifest says. */
export interface WantedFiles {
  /** In the manifest's order. */
  values(): Iterable<ManifestFile>;
  /** Undefined for a path that is not wanted. */
  get(path: string): ManifestFile | undefined;
}

/** What is in a file. */
export interface FileContents extends Found {
  /** How many could be read. */
  readonly bytes: number;
  /** NONE if no checksum was computed. */
  readonly algorithm: ChecksumAlgorithm;
  readonly checksum: string;
  /** Undefined if the file has no pages that are to be checked; why they could not be, if they are. */
  readonly pages: PageReport | string | undefined;
  /** Why the file could not be read. */
  readonly trouble?: string | undefined;
}

/** Takes what is in one file. There may be a million of them, which is why they are not iterated over asynchronously. */
export type TakeContents = (found: FileContents) => void;

/** What a stream says of the backup besides its archives. */
export interface StreamStatement {
  /** ParameterStatus: facts about the server. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly start: Position | undefined;
  readonly stop: Position | undefined;
}

/** The WAL of a backup, wherever it is. */
export interface FoundWal {
  /** Whether there is an archive that could have it, if it has to be in one. */
  readonly hasArchive: boolean;
  /** Why none of it can be checked; undefined if it can be. */
  obstacle(files: ControlFiles): string | undefined;
  /** Throws BackupError if what it lies in is damaged; to be closed after use. */
  open(ranges: readonly WalRange[], files: ControlFiles): Promise<OpenWal>;
}

/** WAL that can be checked. */
export interface OpenWal {
  /** Undefined if it is not known, and no segment has come. */
  readonly segmentBytes: number | undefined;
  /** Segments by their names, with sizes; other names may be among them. */
  sizes(): Iterable<readonly [name: string, bytes: number]>;
  /**
   * The contents of a history file, of one that is too large more than MAX_HISTORY_BYTES; undefined if it is missing.
   */
  history(name: string): Buffer | undefined;
  /**
   * Checks a range to its end. Throws BackupError for what is damaged or missing, NewerVersionError as the checker
   * does.
   */
  check(range: WalRange): Promise<WalRangeChecker>;
  close(): Promise<void>;
}
