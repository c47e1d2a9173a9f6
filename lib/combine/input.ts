/**
 * A backup of the chain where it is stored: a place in; out come where the backup starts, which must be known before
 * any backup is read, and its frames. A place is a directory of archives, a data directory, or the file of a stream or
 * tar that was kept.
 */

import { lstatSync, statSync } from 'node:fs';
import { BackupError } from '../errors/backup-error.ts';
import { TroubleError } from '../errors/trouble.ts';
import { decompressArchives } from '../filter/decompress.ts';
import { encodeName } from '../io/file-name.ts';
import { openFile } from '../io/input.ts';
import { readDirectory } from '../io/read-directory.ts';
import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import { ManifestParser } from '../manifest/parse.ts';
import { type BackupLabel, parseBackupLabel } from '../postgres/backup-label.ts';
import { BACKUP_LABEL } from '../postgres/data-directory.ts';
import { openContents } from '../source/open-contents.ts';
import { isDirectory, isPlace, openOperand } from '../source/operand.ts';
import { findArchives, type StoredArchives } from '../source/stored/archives.ts';
import { readBaseHead } from '../source/stored/base-head.ts';
import { findDirectory, isDataDirectory, readDataDirectory } from '../source/stored/data-directory.ts';
import { openPlace } from '../store/open-place.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import type { Frame } from '../stream/frame.ts';
import { TarReader } from '../tar/reader.ts';
import { safePath } from '../tar/safe-path.ts';
import type { Link } from './chain.ts';
import { holdsFiles } from './holds-files.ts';
import { located } from './located.ts';

/** A backup that can be read. */
export interface Input extends Link {
  /** Undefined where it comes only after the archives of tablespaces. */
  readonly label: BackupLabel | undefined;
  /** The algorithm of the checksums in its manifest, as far as that is known beforehand. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  /** Whether it is known to have no manifest. */
  readonly withoutManifest: boolean;
  /** How much there is to read. */
  readonly bytes: number;
}

/** Finds out where a backup starts. Throws BackupError for one that is damaged, TroubleError if there is none. */
export async function inspect(place: string, signal: AbortSignal): Promise<Input> {
  try {
    return await (isPlace(place) ? inspectDirectory(place, signal) : inspectFile(place, signal));
  } catch (error) {
    throw located(error, place);
  }
}

/** The frames of a backup. */
export function openInput({ place }: Input, signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
  if (isDirectory(place) && isDataDirectory(place)) return readDataDirectory(place, signal);
  return openOperand(place, openContents, signal);
}

async function inspectDirectory(place: string, signal: AbortSignal): Promise<Input> {
  const isPlain = isDirectory(place) && isDataDirectory(place);
  const { label, manifest, bytes } = isPlain ? plainParts(place, signal) : await archiveParts(place, signal);
  return {
    place,
    start: label.start,
    timeline: label.timeline,
    label,
    algorithm: manifest === undefined ? undefined : await readAlgorithm(manifest),
    withoutManifest: manifest === undefined,
    bytes,
  };
}

interface Parts {
  readonly label: BackupLabel;
  readonly manifest: AsyncIterable<Buffer> | undefined;
  readonly bytes: number;
}

function plainParts(place: string, signal: AbortSignal): Parts {
  const { label, manifest } = findDirectory(place);
  if (label === undefined) throw ofStoppedServer(place);
  return {
    label,
    manifest: manifest === undefined ? undefined : openFile(manifest, signal),
    bytes: treeBytes(place),
  };
}

async function archiveParts(place: string, signal: AbortSignal): Promise<Parts> {
  const archives = await findArchives(await openPlace(place), signal);
  const { label } = await readBaseHead(archives.base, signal);
  if (label === undefined) throw ofStoppedServer(place);
  return { label, manifest: archives.manifest?.open(signal), bytes: totalBytes(archives) };
}

function ofStoppedServer(place: string): BackupError {
  return new BackupError(`backup at "${place}" is of a stopped server, on which no other backup builds`);
}

/** Of all files in a data directory, those of tablespaces and WAL too. */
function treeBytes(directory: string, below = ''): number {
  return readDirectory(`${directory}/${below}`).reduce((sum, entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (holdsFiles(entry, path)) return sum + treeBytes(directory, path);
    const stats = lstatSync(encodeName(`${directory}/${path}`), { throwIfNoEntry: false });
    return sum + (stats?.isFile() ? stats.size : 0);
  }, 0);
}

function totalBytes({ base, tablespaces, wal, manifest }: StoredArchives): number {
  const files = [base, ...tablespaces.values(), ...(wal === undefined ? [] : [wal])];
  return files.reduce((sum, { bytes }) => sum + bytes, manifest?.bytes ?? 0);
}

/** The algorithm of the first checksum: a server gives all files the same. */
async function readAlgorithm(manifest: AsyncIterable<Buffer>): Promise<ChecksumAlgorithm | undefined> {
  let algorithm: ChecksumAlgorithm | undefined;
  const parser = new ManifestParser({
    version() {},
    systemIdentifier() {},
    file(file) {
      algorithm ??= file.algorithm;
    },
    walRange() {},
  });
  for await (const piece of manifest) {
    parser.push(piece);
    if (algorithm !== undefined) break;
  }
  return algorithm;
}

async function inspectFile(place: string, signal: AbortSignal): Promise<Input> {
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile())
    throw new TroubleError(`"${place}" is neither a directory nor a regular file`, {
      detail: 'The beginning of each backup is read before any backup is read as a whole.',
    });
  const head = await readHead(decompressArchives()(openContents(openFile(place, signal), `file "${place}"`)));
  const { start, timeline } = head.start ?? head.label ?? {};
  if (start === undefined || timeline === undefined)
    throw new BackupError(`backup at "${place}" does not say where it starts`);
  const rest = { algorithm: undefined, withoutManifest: false, bytes: stats?.size ?? 0 };
  return { place, start, timeline, label: head.label, ...rest };
}

interface Head {
  start?: Pick<Link, 'start' | 'timeline'>;
  label?: BackupLabel;
}

/** Reads up to where the first archive has told what it can tell. */
async function readHead(frames: AsyncIterable<Frame>): Promise<Head> {
  const head: Head = {};
  let label: FirstLabel | undefined;
  for await (const frame of frames) {
    if (frame.type === 'start') head.start = { start: frame.lsn, timeline: frame.timeline };
    if (frame.type === 'archive') {
      if (parseArchiveName(frame.name)?.kind !== 'base') break;
      label = new FirstLabel(frame.name);
    }
    if (frame.type !== 'data' || label === undefined) continue;
    for (const part of frame.parts) label.push(part);
    if (label.contents === undefined) continue;
    head.label = parseBackupLabel(label.contents);
    break;
  }
  return head;
}

/** The contents of the first member of base.tar, which is backup_label (perform_base_backup() in basebackup.c). */
class FirstLabel {
  contents: Buffer | undefined;
  readonly #archive: string;
  readonly #reader: TarReader;
  readonly #pieces: Buffer[] = [];

  constructor(archive: string) {
    this.#archive = archive;
    this.#reader = new TarReader(archive);
  }

  push(bytes: Buffer): void {
    for (const chunk of this.#reader.push(bytes)) {
      if (this.contents !== undefined) return;
      if (chunk.type === 'contents') this.#pieces.push(Buffer.from(chunk.bytes));
      else if (chunk.type === 'trailer') this.contents = Buffer.concat(this.#pieces);
      else if (chunk.type !== 'header' || safePath(this.#archive, chunk.member.path) !== BACKUP_LABEL)
        throw new BackupError(`archive "${this.#archive}" does not begin with "${BACKUP_LABEL}"`);
    }
  }
}
