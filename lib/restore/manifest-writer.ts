/**
 * The backup manifest to its file, under a temporary name. The entries of files that were left out go
 * (lib/manifest/edit.ts), so that pg_verifybackup accepts what was extracted.
 */

import { OWNER_FILE_MODE } from '../io/new-file.ts';
import { ManifestEditor } from '../manifest/edit.ts';
import type { FileChange } from '../manifest/entry.ts';
import { FileWriter } from './file-writer.ts';

/** Takes the manifest of a backup. */
export class ManifestWriter {
  readonly #file = new FileWriter();
  readonly #editor: ManifestEditor | undefined;

  constructor(path: string, changes: readonly FileChange[]) {
    if (changes.length > 0) this.#editor = new ManifestEditor(changes);
    this.#file.begin(path, OWNER_FILE_MODE);
  }

  /** How much has been written. */
  get bytes(): number {
    return this.#file.bytes;
  }

  /** Takes the next bytes and is done with them. */
  push(parts: readonly Buffer[]): void {
    const editor = this.#editor;
    this.#file.push(editor === undefined ? parts : parts.flatMap((part) => [...editor.push(part)]));
  }

  /** The manifest is over. Throws BackupError if it was to be edited and could not be. */
  end(): void {
    this.#editor?.end();
    this.#file.end();
  }

  /** Gives up in the middle. */
  abandon(): void {
    this.#file.abandon();
  }
}
