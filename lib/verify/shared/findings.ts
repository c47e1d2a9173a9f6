/**
 * What is wrong with a backup: each finding is told at once, and kept for the report. Under --exit-on-error the
 * first one ends the verification (report_backup_error() in src/bin/pg_verifybackup/pg_verifybackup.c).
 */

import type { BackupError } from '../../errors/backup-error.ts';

/** Which check found it. */
export type Check =
  | 'manifest'
  | 'file'
  | 'checksum'
  | 'page'
  | 'wal'
  | 'control file'
  | 'label'
  | 'tablespace'
  | 'stream';

/** Something that a good backup does not have. */
export interface Finding {
  readonly check: Check;
  /** One line, in the words of pg_verifybackup where it has them. */
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** The file, relative to the data directory, where it is about one. */
  readonly path?: string;
}

/** The first finding was to be the last. */
export class FirstFindingError extends Error {}

/** Gathers findings. */
export class Findings {
  readonly all: Finding[] = [];
  readonly #tell: (finding: Finding) => void;
  readonly #stopAtFirst: boolean;

  constructor(tell: (finding: Finding) => void, stopAtFirst: boolean) {
    this.#tell = tell;
    this.#stopAtFirst = stopAtFirst;
  }

  /** Takes a finding. Throws FirstFindingError if no more are wanted. */
  add(finding: Finding): void {
    this.all.push(finding);
    this.#tell(finding);
    if (this.#stopAtFirst) throw new FirstFindingError(finding.message);
  }

  /** Takes what a reader of one part of the backup threw. */
  addError(check: Check, { message, detail, hint }: BackupError): void {
    const remarks = { ...(detail === undefined ? {} : { detail }), ...(hint === undefined ? {} : { hint }) };
    this.add({ check, message, ...remarks });
  }
}
