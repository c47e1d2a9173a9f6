/**
 * A manifest with new entries for some of its files: that of an incremental backup becomes the one of the whole. Its
 * lines in, which hold a file each, as the server and pg_combinebackup write them (backup_manifest.c in
 * src/backend/backup); out come the same lines but for the files that have become others, and a new checksum. It must
 * be a good manifest.
 */

import { createHash } from 'node:crypto';
import { decodeName, encodeName } from '../io/file-name.ts';
import { type ChecksumAlgorithm, parseChecksumAlgorithm } from './checksum.ts';
import { malformedManifest } from './malformed-manifest.ts';

/** What becomes of a file. */
export interface NewEntry {
  readonly path: string;
  readonly size: number;
  readonly algorithm: ChecksumAlgorithm;
  /** Empty if there is none. */
  readonly checksum: string;
}

/**
 * Chooses for a file, by its path and the algorithm of its checksum: its new entry, perhaps followed by those of files
 * that are added; undefined for one that stays as it is.
 */
export type Rewrite = (
  path: string,
  algorithm: ChecksumAlgorithm,
) => NewEntry | readonly NewEntry[] | undefined;

const PATH = /^\{ (?:"Path": ("(?:[^"\\]|\\.)*")|"Encoded-Path": "([0-9a-f]*)"), /;
const AFTER_PATH =
  /^"Size": [0-9]+, ("Last-Modified": "[^"]*")(?:, "Checksum-Algorithm": "([^"]*)", "Checksum": "[^"]*")? \}(,?)$/;
/** So many bytes go out together. */
const BATCH_BYTES = 256 * 1024;
const CHECKSUM_LINE = /^"Manifest-Checksum": /;

/** The new manifest, in pieces. Throws BackupError if the old one does not have the form of PostgreSQL's. */
export function* rewriteManifest(manifest: Buffer, rewrite: Rewrite): Generator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  for (const line of manifestLines(manifest)) {
    if (CHECKSUM_LINE.test(line.toString('latin1', 0, 32))) {
      yield Buffer.from(`"Manifest-Checksum": "${hash.digest('hex')}"}\n`);
      return;
    }
    const edited = rewriteLine(line, rewrite);
    hash.update(edited);
    yield edited;
  }
  throw malformedManifest('its checksum does not stand in a line of its own');
}

function rewriteLine(line: Buffer, rewrite: Rewrite): Buffer {
  if (line[0] !== 0x7b) return line;
  const text = line.toString().trimEnd();
  const [beginning, plain, encoded = ''] = PATH.exec(text) ?? [];
  const rest = AFTER_PATH.exec(text.slice(beginning?.length));
  if (beginning === undefined || rest === null) return line;
  const [, modified, algorithm = 'NONE', comma] = rest;
  const path = plain === undefined ? decodeName(Buffer.from(encoded, 'hex')) : (JSON.parse(plain) as string);
  const entries = rewrite(path, parseChecksumAlgorithm(algorithm) ?? 'NONE');
  if (entries === undefined) return line;
  const objects = [entries].flat().map((entry) => formatEntry(entry, modified ?? '', plain === undefined));
  return Buffer.from(`${objects.join(',\n')}${comma}\n`);
}

function formatEntry(
  { path, size, algorithm, checksum }: NewEntry,
  modified: string,
  encoded: boolean,
): string {
  const name = encoded ? `"Encoded-Path": "${hexOf(path)}"` : `"Path": ${JSON.stringify(path)}`;
  const sum = algorithm === 'NONE' ? '' : `, "Checksum-Algorithm": "${algorithm}", "Checksum": "${checksum}"`;
  return `{ ${name}, "Size": ${size}, ${modified}${sum} }`;
}

function hexOf(path: string): string {
  return Buffer.from(encodeName(path)).toString('hex');
}

function* manifestLines(manifest: Buffer): Generator<Buffer, void, undefined> {
  for (let start = 0; start < manifest.length; ) {
    const newline = manifest.indexOf('\n', start);
    const end = newline < 0 ? manifest.length : newline + 1;
    yield manifest.subarray(start, end);
    start = end;
  }
}

/** The same lines in larger pieces. */
export function* inBatches(lines: Iterable<Buffer>): Generator<Buffer, void, undefined> {
  let batch: Buffer[] = [];
  let bytes = 0;
  for (const line of lines) {
    batch.push(line);
    bytes += line.length;
    if (bytes < BATCH_BYTES) continue;
    yield Buffer.concat(batch);
    batch = [];
    bytes = 0;
  }
  yield Buffer.concat(batch);
}
