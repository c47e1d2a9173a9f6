/**
 * A backup manifest from the start, as the server writes it (src/backend/backup/backup_manifest.c): files one after the
 * other, then the WAL that the backup needs, then the manifest's own checksum. It is sent after all files, and so
 * collected in memory: about 150 bytes a file.
 */

import { createHash } from 'node:crypto';
import { encodeName } from '../io/file-name.ts';
import { SINCE, serverVersion } from '../postgres/features.ts';
import { formatLsn, formatPaddedLsn } from '../postgres/lsn.ts';
import type { ManifestFile, WalRange } from './values.ts';

/** What a manifest is like. */
export interface ManifestForm {
  /** The major version of the server. */
  readonly major: number;
  readonly systemIdentifier: bigint;
  /** Whether all paths are written in hexadecimal, not only those that are not UTF-8. */
  readonly forceEncode: boolean;
}

/** A file, and when it was changed last, in seconds since 1970. */
export interface ComposedFile extends ManifestFile {
  readonly mtime: number;
}

/** Text is turned into bytes in pieces of at least so many characters. */
const PIECE_CHARACTERS = 64 * 1024;

/** Collects the manifest. */
export class ManifestComposer {
  readonly #form: ManifestForm;
  readonly #pieces: Buffer[] = [];
  readonly #hash = createHash('sha256');
  #text: string;
  #separator = '\n';

  constructor(form: ManifestForm) {
    this.#form = form;
    const hasIdentifier = serverVersion(form.major) >= SINCE.manifestIdentifier;
    this.#text = `{ "PostgreSQL-Backup-Manifest-Version": ${hasIdentifier ? 2 : 1},\n`;
    if (hasIdentifier) this.#text += `"System-Identifier": ${form.systemIdentifier},\n`;
    this.#text += '"Files": [';
  }

  /** Adds a file, as AddFileToBackupManifest() does. */
  add({ path, size, mtime, algorithm, checksum }: ComposedFile): void {
    const fields = [this.#path(path), `"Size": ${size}`, `"Last-Modified": "${formatTime(mtime)}"`];
    if (algorithm !== 'NONE')
      fields.push(`"Checksum-Algorithm": "${algorithm}"`, `"Checksum": "${checksum}"`);
    this.#text += `${this.#separator}{ ${fields.join(', ')} }`;
    this.#separator = ',\n';
    if (this.#text.length >= PIECE_CHARACTERS) this.#keep();
  }

  /** The whole manifest, in pieces. The ranges are in the order of the server: the newest timeline first. */
  end(ranges: readonly WalRange[]): readonly Buffer[] {
    const format = serverVersion(this.#form.major) >= SINCE.paddedLsn ? formatPaddedLsn : formatLsn;
    const lines = ranges.map(
      ({ timeline, start, end }) =>
        `{ "Timeline": ${timeline}, "Start-LSN": "${format(start)}", "End-LSN": "${format(end)}" }`,
    );
    this.#text += `\n],\n"WAL-Ranges": [\n${lines.join(',\n')}\n],\n`;
    this.#keep();
    const checksum = Buffer.from(`"Manifest-Checksum": "${this.#hash.digest('hex')}"}\n`);
    return [...this.#pieces, checksum];
  }

  #path(path: string): string {
    const name = encodeName(path);
    if (typeof name === 'string' && !this.#form.forceEncode) return `"Path": ${JSON.stringify(name)}`;
    return `"Encoded-Path": "${Buffer.from(name).toString('hex')}"`;
  }

  #keep(): void {
    const piece = Buffer.from(this.#text);
    this.#hash.update(piece);
    this.#pieces.push(piece);
    this.#text = '';
  }
}

/** "2026-11-22 16:02:19 GMT". */
function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/^(.*)T(.*)\..*$/, '$1 $2 GMT');
}
