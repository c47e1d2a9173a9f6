/**
 * Edits a backup manifest as it passes: the entries of chosen files get a new size and checksum, or are removed, and
 * the manifest gets a new checksum of its own. All other bytes pass untouched. Works line by line, since the server
 * gives each file a line (src/backend/backup/backup_manifest.c), so memory is bounded by the longest line.
 *
 * An edit must not hide damage: the manifest's own checksum must be right before, and so must the entries of the files
 * that are edited. "Last-Modified" stays, although the contents change: it describes the file on the server, nothing
 * verifies it, and the same edit always gives the same manifest.
 */

import { createHash } from 'node:crypto';
import { BackupError } from '../errors/backup-error.ts';
import { NEWEST_MANIFEST } from '../postgres/versions.ts';
import { EntryEdit, type FileChange, type FileEdit } from './entry.ts';
import { malformedManifest, unreadableNewerManifest } from './malformed-manifest.ts';
import { parseManifestVersion } from './parse-values.ts';

/** The longest line that is accepted. A path has less than 1024 bytes, each at most six characters long in JSON. */
const MAX_LINE_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);
const NEWLINE = '\n'.charCodeAt(0);
/** The end of a line that another file follows. */
const SEPARATOR = Buffer.from(',\n');
const VERSION_LINE = /^\{ "PostgreSQL-Backup-Manifest-Version": ([0-9]+),\n/;
/** No path can look like this, since its quotes would be escaped. */
const CHECKSUM_KEY = Buffer.from('"Manifest-Checksum": ');
const CHECKSUM_LINE = /^"Manifest-Checksum": "([0-9a-f]{64})"\}\n$/;

/** Passes a manifest through, piece by piece, and edits the entries of some files. */
export class ManifestEditor {
  readonly #entries: readonly EntryEdit[];
  /** Checksums of the manifest before and after the edit. */
  readonly #before = createHash('sha256');
  readonly #after = createHash('sha256');
  /** The beginning of a line whose end has not come yet. */
  #cut: Buffer = NOTHING;
  /** The separator at the end of the output, held back: none may follow the last file. */
  #separator: Buffer = NOTHING;
  #state: 'new' | 'begun' | 'ended' = 'new';

  constructor(changes: readonly FileChange[]) {
    this.#entries = changes.map((change) => new EntryEdit(change));
  }

  /**
   * Takes the next piece and gives what goes out. Throws BackupError for what no server writes, and NewerVersionError
   * for a version that is not known.
   */
  *push(piece: Buffer): Generator<Buffer, void, undefined> {
    const bytes = Buffer.concat([this.#cut, piece]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    this.#cut = bytes.subarray(end);
    if (this.#cut.length > MAX_LINE_BYTES) throw malformedManifest('a line is too long');
    if (end === 0) return;
    const lines = bytes.subarray(0, end);
    if (this.#state === 'new') this.#begin(lines);
    const last = lines.indexOf(CHECKSUM_KEY);
    yield* this.#edit(last < 0 ? lines : lines.subarray(0, last));
    if (last >= 0) yield* this.#close(lines.subarray(last));
  }

  /** The manifest is over. Throws BackupError if it was cut short or an entry was not there to be edited. */
  end(): void {
    if (this.#state !== 'ended' || this.#cut.length > 0)
      throw malformedManifest('it ends in the wrong place');
    for (const entry of this.#entries) entry.insistOnFound();
  }

  #begin(lines: Buffer): void {
    const [, version] = VERSION_LINE.exec(lines.toString('latin1', 0, MAX_LINE_BYTES)) ?? [];
    if (version === undefined) throw malformedManifest('it does not begin with its version');
    const number = parseManifestVersion(version);
    if (number > NEWEST_MANIFEST) throw unreadableNewerManifest(number);
    this.#state = 'begun';
  }

  /** Edits whole lines. Those that stay go out together. */
  *#edit(lines: Buffer): Generator<Buffer, void, undefined> {
    if (lines.length > 0 && this.#state === 'ended') throw malformedManifest('data after its checksum');
    this.#before.update(lines);
    let kept = 0;
    for (let start = 0, end = 0; start < lines.length; start = end) {
      end = lines.indexOf(NEWLINE, start) + 1;
      if (end === 0) throw malformedManifest('its checksum does not stand in a line of its own');
      const line = lines.subarray(start, end);
      const edited = this.#editLine(line);
      if (edited === undefined) continue;
      yield* this.#out(lines.subarray(kept, start));
      yield* this.#out(edited);
      if (edited.length === 0 && !endsWithSeparator(line)) this.#endFiles();
      kept = end;
    }
    yield* this.#out(lines.subarray(kept));
  }

  #editLine(line: Buffer): Buffer | undefined {
    for (const entry of this.#entries) {
      const edited = entry.apply(line);
      if (edited !== undefined) return edited;
    }
    return undefined;
  }

  /** Passes whole lines on, with the separator before them. */
  *#out(lines: Buffer): Generator<Buffer, void, undefined> {
    if (lines.length === 0) return;
    const end = lines.length - (endsWithSeparator(lines) ? SEPARATOR.length : 0);
    for (const bytes of [this.#separator, lines.subarray(0, end)]) {
      this.#after.update(bytes);
      if (bytes.length > 0) yield bytes;
    }
    this.#separator = end < lines.length ? SEPARATOR : NOTHING;
  }

  /** The last of the files was removed: the one before it is now the last. */
  #endFiles(): void {
    if (this.#separator.length > 0) this.#separator = SEPARATOR.subarray(-1);
  }

  /** The last line: the checksum of all bytes before it. */
  *#close(line: Buffer): Generator<Buffer, void, undefined> {
    const [, given] = CHECKSUM_LINE.exec(line.toString('latin1')) ?? [];
    if (given === undefined || this.#state === 'ended')
      throw malformedManifest('unexpected form of its checksum');
    if (given !== this.#before.digest('hex')) throw new BackupError('manifest checksum mismatch');
    this.#state = 'ended';
    this.#after.update(this.#separator);
    yield Buffer.from(`${this.#separator}"Manifest-Checksum": "${this.#after.digest('hex')}"}\n`);
  }
}

function endsWithSeparator(lines: Buffer): boolean {
  return lines.length >= SEPARATOR.length && lines.subarray(-SEPARATOR.length).equals(SEPARATOR);
}

/**
 * The length of a manifest after the edits: only the digits of sizes can change it.
 */
export function editedLength(length: number, edits: readonly FileEdit[]): number {
  const digits = ({ length: size }: Buffer) => String(size).length;
  return edits.reduce((sum, { before, after }) => sum + digits(after) - digits(before), length);
}
