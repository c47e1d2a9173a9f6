/**
 * One file's line in a backup manifest, as AddFileToBackupManifest() in src/backend/backup/backup_manifest.c
 * writes it:
 *
 *   { "Path": "tablespace_map", "Size": 72, "Last-Modified": "2026-11-22 16:02:19 GMT",
 *     "Checksum-Algorithm": "CRC32C", "Checksum": "2a2fdd5c" },
 *
 * all in one line. If the path is not UTF-8, or the server was told to encode all paths, "Encoded-Path" with the path
 * in hexadecimal takes the place of "Path". Without checksums the last two fields are missing.
 */

import { BackupError } from '../errors/backup-error.ts';
import { checksumOf, parseChecksumAlgorithm } from './checksum.ts';
import { malformedManifest } from './malformed-manifest.ts';

const NO_LINE = Buffer.alloc(0);
const AFTER_PATH =
  /^"Size": ([0-9]+), ("Last-Modified": "[^"]*")(?:, "Checksum-Algorithm": "([^"]*)", "Checksum": "([^"]*)")? \}(,?\n)$/;

/** A file of the backup that is replaced or left out. */
export interface FileChange {
  readonly path: string;
  readonly before: Buffer;
  /** Undefined for a file that is left out. */
  readonly after: Buffer | undefined;
}

/** A file of the backup whose contents are replaced. */
export interface FileEdit extends FileChange {
  readonly after: Buffer;
}

/** Finds the line of one file, and rewrites or removes it. */
export class EntryEdit {
  readonly #change: FileChange;
  readonly #beginnings: readonly Buffer[];
  #found = false;

  constructor(change: FileChange) {
    this.#change = change;
    const path = Buffer.from(change.path);
    this.#beginnings = [
      Buffer.from(`{ "Path": ${JSON.stringify(change.path)}, `),
      Buffer.from(`{ "Encoded-Path": "${path.toString('hex')}", `),
    ];
  }

  /**
   * The new line if this is the file's, empty if there is to be none; undefined if it is another one. Throws
   * BackupError if it was wrong before.
   */
  apply(line: Buffer): Buffer | undefined {
    const beginning = this.#beginnings.find((bytes) => startsWith(line, bytes));
    if (beginning === undefined) return undefined;
    const { path, before, after } = this.#change;
    if (this.#found) throw malformedManifest(`duplicate path name in backup manifest: "${path}"`);
    this.#found = true;
    const match = AFTER_PATH.exec(line.toString('utf8', beginning.length));
    if (match === null) throw malformedManifest(`unexpected form of the entry for "${path}"`);
    const [, size, modified, name, checksum, end] = match;
    this.#check('size', size, String(before.length));
    const algorithm = name === undefined ? undefined : parseChecksumAlgorithm(name);
    if (algorithm !== undefined) this.#check('checksum', checksum, checksumOf(algorithm, before));
    else if (name !== undefined) throw malformedManifest(`unrecognized checksum algorithm: "${name}"`);
    if (after === undefined) return NO_LINE;
    const fields = [`"Size": ${after.length}`, modified];
    if (algorithm !== undefined)
      fields.push(`"Checksum-Algorithm": "${name}", "Checksum": "${checksumOf(algorithm, after)}"`);
    return Buffer.concat([beginning, Buffer.from(`${fields.join(', ')} }${end}`)]);
  }

  /** Throws BackupError if the file's line has not come. */
  insistOnFound(): void {
    if (!this.#found) throw new BackupError(`"${this.#change.path}" is not in the backup manifest`);
  }

  #check(what: string, listed: string | undefined, actual: string): void {
    if (listed === actual) return;
    throw new BackupError(`${what} mismatch for file "${this.#change.path}"`, {
      detail: `The backup manifest has ${listed}, the file ${actual}.`,
    });
  }
}

function startsWith(line: Buffer, beginning: Buffer): boolean {
  const { length } = beginning;
  return line.length >= length && line.compare(beginning, 0, length, 0, length) === 0;
}
