/**
 * The newest backup of the chain, as a change to its extraction: files that hold only some blocks become files of their
 * whole length, in which the older backups then fill the rest, and backup_label does not name another backup any more.
 */

import { BackupError } from '../errors/backup-error.ts';
import { WriteBehind } from '../io/write-behind.ts';
import { type ChecksumAlgorithm, createChecksum } from '../manifest/checksum.ts';
import type { NewEntry } from '../manifest/rewrite.ts';
import { type BackupLabel, parseBackupLabel, withoutPrevious } from '../postgres/backup-label.ts';
import { type ControlFile, parseControlFile } from '../postgres/control-file.ts';
import { BACKUP_LABEL, CONTROL_FILE } from '../postgres/data-directory.ts';
import type { Edit } from '../restore/held-file.ts';
import type { RestoreStep } from '../restore/step.ts';
import type { ContentsSink, FileWriter } from '../store/file-writer.ts';
import { writeNewest } from './fill.ts';
import { wholePath } from './incremental-path.ts';
import type { NewFiles } from './new-manifest.ts';
import { PagesInPlace } from './pages-in-place.ts';
import { RebuiltFile } from './rebuilt-file.ts';

/** Stands before the files of the newest backup. */
export class NewestBackup implements RestoreStep, NewFiles {
  /** The files that are being rebuilt, by their paths in the data directory. */
  readonly rebuilt = new Map<string, RebuiltFile<PagesInPlace>>();
  /** Of the other files, if they get other checksums than their backup has. */
  readonly entries = new Map<string, NewEntry>();
  /** What writes the files that are being rebuilt. */
  readonly writes = new WriteBehind();
  readonly #place: string;
  readonly #algorithm: ChecksumAlgorithm | undefined;
  #label: { readonly parsed: BackupLabel; readonly written: Buffer } | undefined;
  #control: ControlFile | undefined;

  /** Computes checksums by this algorithm, or none of files that stay as they are. */
  constructor(place: string, algorithm: ChecksumAlgorithm | undefined) {
    this.#place = place;
    this.#algorithm = algorithm;
  }

  /** What the label said. Throws BackupError if there was none. */
  get label(): { readonly parsed: BackupLabel; readonly written: Buffer } {
    return this.#label ?? this.#lacks(BACKUP_LABEL);
  }

  get control(): ControlFile {
    return this.#control ?? this.#lacks(CONTROL_FILE);
  }

  fileName(path: string): string {
    return wholePath(path) ?? path;
  }

  contents(path: string, file: FileWriter, size: number): ContentsSink | undefined {
    const whole = wholePath(path);
    if (whole === undefined) return this.#algorithm === undefined ? undefined : this.#hashed(path, file);
    const subject = `file "${path}" of backup at "${this.#place}"`;
    const rebuilt = new RebuiltFile(subject, new PagesInPlace(file.path, this.writes));
    this.rebuilt.set(whole, rebuilt);
    file.end();
    return writeNewest(rebuilt, subject, size);
  }

  edit(path: string): Edit | undefined {
    if (path === BACKUP_LABEL) return (contents) => this.#takeLabel(contents);
    if (path === CONTROL_FILE) return (contents) => this.#takeControl(contents);
    return undefined;
  }

  #hashed(path: string, file: FileWriter): ContentsSink {
    const algorithm = this.#algorithm ?? 'NONE';
    const checksum = createChecksum(algorithm);
    let size = 0;
    return {
      push: (parts) => {
        file.push(parts);
        for (const bytes of parts) checksum.update(bytes);
        size += parts.reduce((sum, { length }) => sum + length, 0);
      },
      end: () => {
        file.end();
        this.entries.set(path, { path, size, algorithm, checksum: checksum.digest() });
      },
    };
  }

  #takeLabel(contents: Buffer): Buffer {
    const written = withoutPrevious(contents);
    this.#label = { parsed: parseBackupLabel(contents), written };
    return written;
  }

  #takeControl(contents: Buffer): Buffer {
    this.#control = parseControlFile(contents);
    return contents;
  }

  #lacks(path: string): never {
    throw new BackupError(`backup at "${this.#place}" lacks file "${path}"`);
  }
}
