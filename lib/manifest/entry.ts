/**
 * One file's line in a backup manifest, as AddFileToBackupManifest() in src/backend/backup/backup_manifest.c
 * writes it:
 *
 *   { "Path": "tablespace_map", "Size": 72, "Last-Modified": "2026-11-22 16:02:19 GMT",
 *     "Checksum-Algorithm": "CRC32C", "Checksum": "2a2fdd5c" },
 *
 * all in one line, "Encoded-Path" with the path in hexadecimal in place of "Path" where the path is not UTF-8 or the
 * server was told so, and without checksum where none was asked for.
 */

import { BackupError } from '../backup/error.ts';
import { checksumOf, parseChecksumAlgorithm } from './checksum.ts';
import { malformedManifest } from './malformed.ts';

const BEHIND_PATH =
  /^"Size": ([0-9]+), ("Last-Modified": "[^"]*")(?:, "Checksum-Algorithm": "([^"]*)", "Checksum": "([^"]*)")? \}(,?\n)$/;

/** A file of the backup whose contents are replaced. */
export interface FileEdit {
  readonly path: string;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** Finds the line of one file and lays it out anew. */
export class EntryEdit {
  readonly #edit: FileEdit;
  readonly #beginnings: readonly Buffer[];
  #found = false;

  constructor(edit: FileEdit) {
    this.#edit = edit;
    const path = Buffer.from(edit.path);
    this.#beginnings = [
      Buffer.from(`{ "Path": ${JSON.stringify(edit.path)}, `),
      Buffer.from(`{ "Encoded-Path": "${path.toString('hex')}", `),
    ];
  }

  /** The new line if this is the file's; undefined if it is another one. Throws BackupError if it was wrong before. */
  apply(line: Buffer): Buffer | undefined {
    const beginning = this.#beginnings.find((bytes) => startsWith(line, bytes));
    if (beginning === undefined) return undefined;
    const { path, before, after } = this.#edit;
    if (this.#found) throw malformedManifest(`duplicate path name in backup manifest: "${path}"`);
    this.#found = true;
    const match = BEHIND_PATH.exec(line.toString('utf8', beginning.length));
    if (match === null) throw malformedManifest(`unexpected form of the entry for "${path}"`);
    const [, size, modified, name, checksum, end] = match;
    this.#check('size', size, String(before.length));
    const fields = [`"Size": ${after.length}`, modified];
    if (name !== undefined) {
      const algorithm = parseChecksumAlgorithm(name);
      if (algorithm === undefined) throw malformedManifest(`unrecognized checksum algorithm: "${name}"`);
      this.#check('checksum', checksum, checksumOf(algorithm, before));
      fields.push(`"Checksum-Algorithm": "${name}", "Checksum": "${checksumOf(algorithm, after)}"`);
    }
    return Buffer.concat([beginning, Buffer.from(`${fields.join(', ')} }${end}`)]);
  }

  /** Throws BackupError if the file's line has not come by. */
  insistOnFound(): void {
    if (!this.#found) throw new BackupError(`"${this.#edit.path}" is not in the backup manifest`);
  }

  #check(what: string, listed: string | undefined, actual: string): void {
    if (listed === actual) return;
    throw new BackupError(`${what} mismatch for file "${this.#edit.path}"`, {
      detail: `The backup manifest has ${listed}, the file ${actual}.`,
    });
  }
}

function startsWith(line: Buffer, beginning: Buffer): boolean {
  const { length } = beginning;
  return line.length >= length && line.compare(beginning, 0, length, 0, length) === 0;
}
