/**
 * The first of two readings of a backup that is to be applied: its frames in; out comes what must be known before the
 * first change. All of the backup is verified here, because what a damaged one does to a directory could not be
 * mended: a block that is written to the wrong place takes that of the only copy that there is.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { BACKUP_LABEL, CONTROL_FILE } from '../../postgres/data-directory.ts';
import { HeldContents } from '../../restore/held-file.ts';
import type { ContentsSink } from '../../store/file-writer.ts';
import type { Tablespace } from '../../tablespaces/tablespace.ts';
import { wholePath } from '../incremental-path.ts';
import type { Input } from '../input.ts';
import { type CombineOptions, readBackup } from '../read-chain.ts';
import { type MemberTaker, readMembers } from './backup-members.ts';

const NOWHERE: ContentsSink = { push() {}, end() {} };

/** What a backup is. */
export interface Survey {
  /** The contents of its small files. */
  readonly label: Buffer;
  readonly control: Buffer;
  readonly tablespaces: readonly Tablespace[];
  /** The files of which it has some blocks only, by the paths of the whole files. */
  readonly changed: readonly string[];
}

/** Reads the backup to its end. Throws BackupError if it is not good. */
export async function surveyBackup(input: Input, options: CombineOptions): Promise<Survey> {
  const taker = new Surveyor();
  const { tablespaces } = await readMembers(readBackup(input, options), taker);
  const fact = (path: string) => {
    const contents = taker.facts.get(path);
    if (contents === undefined) throw new BackupError(`backup at "${input.place}" lacks file "${path}"`);
    return contents;
  };
  return { label: fact(BACKUP_LABEL), control: fact(CONTROL_FILE), tablespaces, changed: taker.changed };
}

/** Looks at the names, and keeps the contents of some files. */
class Surveyor implements MemberTaker {
  readonly facts = new Map<string, Buffer>();
  readonly changed: string[] = [];

  file(path: string): ContentsSink | undefined {
    const whole = wholePath(path);
    if (whole !== undefined) this.changed.push(whole);
    if (path !== BACKUP_LABEL && path !== CONTROL_FILE) return undefined;
    return new HeldContents(NOWHERE, (contents) => {
      this.facts.set(path, contents);
      return contents;
    });
  }
}
