/**
 * The backup manifest to its file. The entries of files that were left out are taken out of it (lib/manifest/edit.ts),
 * so that pg_verifybackup accepts what was extracted.
 */

import { ManifestEditor } from '../manifest/edit.ts';
import type { FileChange } from '../manifest/entry.ts';
import type { ContentsSink } from '../store/file-writer.ts';

/** Takes the manifest of a backup. */
export class ManifestWriter {
  readonly #file: ContentsSink;
  readonly #editor: ManifestEditor | undefined;

  constructor(file: ContentsSink, changes: readonly FileChange[]) {
    this.#file = file;
    if (changes.length > 0) this.#editor = new ManifestEditor(changes);
  }

  /** Takes the next bytes and is done with them. */
  push(parts: readonly Buffer[]): void {
    const editor = this.#editor;
    this.#file.push(editor === undefined ? parts : parts.flatMap((part) => [...editor.push(part)]));
  }

  /** The manifest is complete. Throws BackupError if it was to be edited and could not be. */
  end(): void {
    this.#editor?.end();
    this.#file.end();
  }
}
