/**
 * A backup that was stored in plain format, a data directory, back as the backup that it came from: the archives are
 * made anew, in the server's order, with tablespaces from the links in pg_tblspc. Nothing but the manifest can tell
 * whether the files are still those of the backup, as they are not once a server was started.
 */

import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../errors/system-trouble.ts';
import { openFile } from '../../io/input.ts';
import { readDirectory } from '../../io/read-directory.ts';
import { type BackupLabel, parseBackupLabel } from '../../postgres/backup-label.ts';
import {
  BACKUP_LABEL,
  CONTROL_FILE,
  TABLESPACES_DIRECTORY,
  VERSION_FILE,
  WAL_DIRECTORY,
} from '../../postgres/data-directory.ts';
import { BASE_ARCHIVE, MANIFEST } from '../../stream/archive-name.ts';
import type { Frame, Position } from '../../stream/frame.ts';
import { endFrames, headFrames } from '../../stream/head-frames.ts';
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
  readonly label: BackupLabel;
  /** Those of the tablespaces, and base.tar. */
  readonly archives: readonly MadeArchive[];
  /** The path of the manifest; undefined if there is none. */
  readonly manifest: string | undefined;
}

/** For whoever needs no more than the archives. */
const UNKNOWN = { parameters: new Map<string, string>(), stop: undefined };
const OID = /^[1-9][0-9]{0,9}$/;
const NOTHING_SPECIAL: TarPlan = { first: [], last: [], without: [], followed: [] };

/** Whether the directory is a data directory. */
export function isDataDirectory(directory: string): boolean {
  return existsSync(join(directory, VERSION_FILE));
}

/** Looks for the parts of a backup. Throws BackupError for a bad label, TroubleError for what cannot be read. */
export function findDirectory(directory: string): StoredDirectory {
  const label = join(directory, BACKUP_LABEL);
  const manifest = join(directory, MANIFEST);
  const tablespaces = findTablespaces(directory);
  return {
    label: parseBackupLabel(attempt(`could not open file "${label}"`, () => readFileSync(label))),
    archives: [
      ...tablespaces.map((each) => tablespaceArchive(directory, each)),
      baseArchive(directory, tablespaces),
    ],
    manifest: existsSync(manifest) ? manifest : undefined,
  };
}

/** Reads a backup from its directory to the end. Throws what findDirectory() throws, and what the system says. */
export async function* readDataDirectory(
  directory: string,
  signal: AbortSignal,
  about: { readonly parameters: ReadonlyMap<string, string>; readonly stop: Position | undefined } = UNKNOWN,
): AsyncGenerator<Frame, void, undefined> {
  const { label, archives, manifest } = findDirectory(directory);
  const listed = archives.map(({ oid, location }) => ({ oid, location: location || null, kilobytes: null }));
  const start = { lsn: label.start, timeline: label.timeline };
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

async function* contents(pieces: AsyncIterable<Buffer>): AsyncGenerator<Frame, void, undefined> {
  for await (const bytes of pieces) yield { type: 'data', parts: [bytes], bytes: bytes.length };
}

/** A link in pg_tblspc, or a directory there for a tablespace that lies in the data directory itself. */
interface FoundTablespace {
  readonly oid: string;
  readonly path: string;
  readonly target: string | undefined;
}

function findTablespaces(directory: string): FoundTablespace[] {
  const links = join(directory, TABLESPACES_DIRECTORY);
  const entries = attempt(`could not open directory "${links}"`, () => readDirectory(links));
  return entries
    .filter(({ name, kind }) => OID.test(name) && (kind === 'directory' || kind === 'symlink'))
    .map(({ name, kind }) => ({
      oid: name,
      path: `${TABLESPACES_DIRECTORY}/${name}`,
      target: kind === 'symlink' ? readlinkSync(join(links, name)) : undefined,
    }));
}

function tablespaceArchive(directory: string, { oid, path, target = path }: FoundTablespace): MadeArchive {
  return {
    name: `${oid}.tar`,
    location: target,
    oid: Number(oid),
    open: (signal) => tarOfDirectory(join(directory, path), NOTHING_SPECIAL, signal),
  };
}

/** Links come first, so that whoever reads the archive knows the tablespaces before all else (base-head.ts). */
function baseArchive(directory: string, tablespaces: readonly FoundTablespace[]): MadeArchive {
  const links = tablespaces.filter(({ target }) => target !== undefined).map(({ path }) => path);
  const plan: TarPlan = {
    first: [BACKUP_LABEL, TABLESPACES_DIRECTORY, ...links],
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
