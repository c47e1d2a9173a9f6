/** What all parts of one verification share. */

import { BackupError } from '../../errors/backup-error.ts';
import { NewerVersionError } from '../../postgres/newer.ts';
import type { Check, Findings } from './findings.ts';
import type { IgnoreList } from './ignore-list.ts';
import type { Statistics } from './statistics.ts';

/** Whether pages are checked: as the cluster has checksums or not, in any case, or never. */
export type PageWish = 'auto' | 'insist' | 'never';

/** How thorough to be, and where results go. */
export interface Verification {
  readonly findings: Findings;
  readonly statistics: Statistics;
  readonly ignore: IgnoreList;
  readonly skipChecksums: boolean;
  readonly pages: PageWish;
  readonly parseWal: boolean;
  /** Fires when the user wants the tool to stop. */
  readonly signal: AbortSignal;
}

/**
 * Takes an error for a finding of that check, or for what a newer version wrote and is not known here, if it is one.
 * Throws it otherwise.
 */
export function noteError(
  check: Check,
  what: string,
  error: unknown,
  { findings, statistics }: Pick<Verification, 'findings' | 'statistics'>,
): void {
  if (error instanceof BackupError) findings.addError(check, error);
  else if (error instanceof NewerVersionError) statistics.skipNewer(what, error);
  else throw error;
}

/** The formats of pg_basebackup. */
export type BackupFormat = 'plain' | 'tar';

/** Where the parts of a stored backup are, if not where they usually are. */
export interface BackupPaths {
  readonly directory: string;
  readonly manifest: string | undefined;
  readonly wal: string | undefined;
}

/** How a directory is read. */
export interface DirectoryRun {
  readonly progress: ReadListener;
  /** How many threads read a data directory, if the user has a wish. */
  readonly jobs: number | undefined;
}

/** Is told how much of a stored backup has been read. */
export interface ReadListener {
  /** The number of bytes that are going to be read. */
  begin(total: number): void;
  add(bytes: number): void;
  /** No more will be read. */
  end(): Promise<void>;
}
