/**
 * Reads a backup manifest as it comes, and calls a listener for each file and WAL range as soon as its object ends;
 * nothing is kept. Any layout of the JSON is accepted, as by pg_verifybackup; complaints are in its words
 * (src/common/parse_manifest.c).
 */

import { BackupError } from '../errors/backup-error.ts';
import { NEWEST_MANIFEST } from '../postgres/versions.ts';
import { JsonReader } from './json-reader.ts';
import { malformedManifest, unreadableNewerManifest } from './malformed-manifest.ts';
import { ManifestDigest } from './manifest-digest.ts';
import { ManifestStructure } from './structure.ts';
import type { ManifestListener } from './values.ts';

const SHA256_DIGITS = /^[0-9A-Fa-f]{64}$/;

/** Reads one manifest. */
export class ManifestParser {
  readonly #structure: ManifestStructure;
  readonly #json: JsonReader;
  readonly #digest = new ManifestDigest();

  constructor(listener: ManifestListener) {
    this.#structure = new ManifestStructure(listener);
    this.#json = new JsonReader(this.#structure);
  }

  /**
   * Takes the next piece, which may be overwritten afterwards. Throws BackupError, NewerVersionError where a newer
   * version cannot be read like the known ones, and what the listener throws.
   */
  push(piece: Buffer): void {
    this.#read(() => this.#json.push(piece));
    this.#digest.update(piece);
  }

  /**
   * The manifest has ended. Throws BackupError if it is cut short or its checksum is wrong, and NewerVersionError where
   * that may be due to a newer version.
   */
  end(): void {
    this.#read(() => this.#end());
  }

  #read(step: () => void): void {
    try {
      step();
    } catch (error) {
      const { version = 0 } = this.#structure;
      if (!(error instanceof BackupError) || version <= NEWEST_MANIFEST) throw error;
      throw unreadableNewerManifest(version);
    }
  }

  #end(): void {
    this.#json.end();
    if (!this.#digest.hasLines) throw malformedManifest('expected at least 2 lines');
    if (!this.#digest.endsWithNewline) throw malformedManifest('last line not newline-terminated');
    const { checksum } = this.#structure;
    if (!SHA256_DIGITS.test(checksum)) throw new BackupError(`invalid manifest checksum: "${checksum}"`);
    if (checksum.toLowerCase() !== this.#digest.digest()) throw new BackupError('manifest checksum mismatch');
  }
}
