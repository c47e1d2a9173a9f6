/**
 * A backup that was stored in plain format, a data directory, back as the backup that it came from: the archives are
 * made anew, in the server's order, with the tablespaces that plain-tablespaces.ts finds. Nothing but the manifest can tell
 * whether the files are still those of the backup, as they are not once a server was started.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from '../../errors/backup-error.ts';
import { attempt } from '../../errors/system-trouble.ts';
import { openFile } from '../../io/input.ts';
import { type BackupLabel, parseBackupLabel } from '../../postgres/backup-label.ts';
import {
  BACKUP_LABEL,
  CONTROL_FILE,
  TABLESPACE_MAP,
  TABLESPACES_DIRECTORY,
  VERSION_FILE,
  WAL_DIRECTORY,
} from '../../postgres/data-directory.ts';
import { BASE_ARCHIVE, MANIFEST } from '../../stream/archive-name.ts';
import type { Frame, Position } from '../../stream/frame.ts';
import { endFrames, headFrames } from '../../stream/head-frames.ts';
import type { TablespaceMapping } from '../../tablespaces/mapping.ts';
import { findPlainTablespaces, type PlainTablespace } from './plain-tablespaces.ts';
import { type TarPlan, tarOfDirectory } from './tar-of-directory.ts';

/** An archive that is made while it is read. */
interface MadeArchive {
  readonly name: string;
  /** Of the tablespace; empty for the data directory. */
  readonly location: string;
  readonly oid: number | null;
  open(signal: AbortSignal): AsyncIterable<Buffer>;
}

/** What is in a data directory. */
export interface StoredDirectory {
  /** Undefined for the backup of a stopped server. */
  readonly label: BackupLabel | undefined;
  /** Those of the tablespaces, and base.tar. */
  readonly archives: readonly MadeArchive[];
  /** The path of the manifest; undefined if there is none. */
  readonly manifest: string | undefined;
}

/** What the directory itself does not say. */
interface AboutBackup {
  readonly parameters: ReadonlyMap<string, string>;
  /** Where it starts, if there is no label, and where it ends. */
  readonly start?: Position | undefined;
  readonly stop: Position | undefined;
  /** Where tablespaces lie that are not at their locations. */
  readonly mappings?: readonly TablespaceMapping[];
}

/** For whoever needs no more than the archives. */
const UNKNOWN: AboutBackup = { parameters: new Map<string, string>(), stop: undefined };
const NOTHING_SPECIAL: TarPlan = { first: [], last: [], without: [], followed: [] };

/** Whether the directory is a data directory. */
export function isDataDirectory(directory: string): boolean {
  return existsSync(join(directory, VERSION_FILE));
}

/** Looks for the parts of a backup. Throws BackupError for a bad label, TroubleError for what cannot be read. */
export function findDirectory(
  directory: string,
  mappings: readonly TablespaceMapping[] = [],
): StoredDirectory {
  const label = join(directory, BACKUP_LABEL);
  const manifest = join(directory, MANIFEST);
  const tablespaces = findPlainTablespaces(directory, mappings);
  return {
    label: existsSync(label)
      ? parseBackupLabel(attempt(`could not open file "${label}"`, () => readFileSync(label)))
      : undefined,
    archives: [...tablespaces.map(tablespaceArchive), baseArchive(directory, tablespaces)],
    manifest: existsSync(manifest) ? manifest : undefined,
  };
}

/** Reads a backup from its directory to the end. Throws what findDirectory() throws, and what the system says. */
export async function* readDataDirectory(
  directory: string,
  signal: AbortSignal,
  about: AboutBackup = UNKNOWN,
): AsyncGenerator<Frame, void, undefined> {
  const { label, archives, manifest } = findDirectory(directory, about.mappings);
  const listed = archives.map(({ oid, location }) => ({ oid, location: location || null, kilobytes: null }));
  const start = label === undefined ? about.start : { lsn: label.start, timeline: label.timeline };
  if (start === undefined) throw startUnknown();
  yield* headFrames({ parameters: about.parameters, start, tablespaces: listed });
  for (const { name, location, open } of archives) {
    yield { type: 'archive', name, location, resumed: false };
    yield* contents(open(signal));
    yield { type: 'archive-end', name };
  }
  if (manifest !== undefined) {
    yield { type: 'manifest' };
    yield* contents(openFile(manifest, signal));
    yield { type: 'manifest-end' };
  }
  yield* endFrames(about.stop);
}

function startUnknown(): BackupError {
  return new BackupError('backup does not say where it starts', {
    detail: `It has neither "${BACKUP_LABEL}" nor "${MANIFEST}".`,
  });
}

async function* contents(pieces: AsyncIterable<Buffer>): AsyncGenerator<Frame, void, undefined> {
  for await (const bytes of pieces) yield { type: 'data', parts: [bytes], bytes: bytes.length };
}

function tablespaceArchive({ oid, location, directory }: PlainTablespace): MadeArchive {
  return {
    name: `${oid}.tar`,
    location,
    oid,
    open: (signal) => tarOfDirectory(directory, NOTHING_SPECIAL, signal),
  };
}

/** Map and links come first, so that whoever reads the archive knows the tablespaces before all else (base-head.ts). */
function baseArchive(directory: string, tablespaces: readonly PlainTablespace[]): MadeArchive {
  const isThere = (name: string) => existsSync(join(directory, name));
  const links = tablespaces.flatMap(({ link }) => link ?? []);
  const plan: TarPlan = {
    first: [...[BACKUP_LABEL, TABLESPACE_MAP].filter(isThere), TABLESPACES_DIRECTORY, ...links],
    last: [CONTROL_FILE],
    without: [MANIFEST],
    followed: [WAL_DIRECTORY],
  };
  return {
    name: BASE_ARCHIVE,
    location: '',
    oid: null,
    open: (signal) => tarOfDirectory(directory, plan, signal),
  };
}
