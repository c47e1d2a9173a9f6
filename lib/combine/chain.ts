/**
 * Which backups make a chain: labels in, the order out, or the complaint of pg_combinebackup
 * (check_backup_label_files() in src/bin/pg_combinebackup/pg_combinebackup.c). Each backup but the full one says where
 * the one before it starts, so that the order is known whatever the order in which they are named.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { BackupLabel } from '../postgres/backup-label.ts';
import { formatLsn, type Lsn } from '../postgres/lsn.ts';

/** A backup of the chain. */
export interface Link {
  /** Where it is stored, as the user named it. */
  readonly place: string;
  readonly start: Lsn;
  readonly timeline: number;
}

/** The backups from the newest to the full one: each starts before those that build upon it. */
export function newestFirst<Backup extends Link>(backups: readonly Backup[]): readonly Backup[] {
  return [...backups].sort((one, other) => (one.start < other.start ? 1 : one.start > other.start ? -1 : 0));
}

/**
 * Follows the chain from the newest backup to the full one. Throws BackupError for a backup that is not the one before,
 * as for one that is missing between two.
 */
export class ChainCheck {
  readonly #backups: number;
  #seen = 0;
  #expected: BackupLabel['previous'];

  /** Is to see so many backups. */
  constructor(backups: number) {
    this.#backups = backups;
  }

  /** Takes the next older backup. */
  add(place: string, { start, timeline, previous }: BackupLabel): void {
    const isNewest = this.#seen === 0;
    const isLast = ++this.#seen === this.#backups;
    if (isLast && previous !== undefined) throw fullMissing(place, previous);
    if (!isLast && previous === undefined)
      throw new BackupError(
        `backup at "${place}" is a full backup, but only the first backup should be a full backup`,
      );
    const expected = this.#expected;
    this.#expected = previous;
    if (isNewest || expected === undefined) return;
    if (timeline !== expected.timeline)
      throw new BackupError(
        `backup at "${place}" starts on timeline ${timeline}, but expected ${expected.timeline}`,
      );
    if (start !== expected.start)
      throw new BackupError(
        `backup at "${place}" starts at LSN ${formatLsn(start)}, but expected ${formatLsn(expected.start)}`,
        { hint: 'Name all backups of the chain, and no other.' },
      );
  }
}

function fullMissing(place: string, { start }: NonNullable<BackupLabel['previous']>): BackupError {
  return new BackupError(
    `backup at "${place}" is an incremental backup, but the first backup should be a full backup`,
    { detail: `It builds upon the backup that starts at LSN ${formatLsn(start)}.` },
  );
}
