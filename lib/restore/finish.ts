/**
 * The last steps of an extraction, in the order that makes the data directory startable last of all: everything
 * to disk, then backup_manifest to its name, then global/pg_control to its name. A server does not start without
 * the latter, so a data directory that could be started is always a whole one.
 */

import { chmodSync, existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { attempt } from '../errors/system-trouble.ts';
import { syncAll } from '../io/durable.ts';
import { isTaken } from '../io/put-in-place.ts';
import { readDirectory } from '../io/read-directory.ts';
import { GROUP_FILE_MODE } from '../store/file-writer.ts';
import type { StagedName } from '../store/staged-file.ts';
import { OWNER_DIRECTORY_MODE, type TargetDirectory } from '../store/target-directory.ts';
import type { Extracted } from './extraction.ts';
import type { TargetDirectories } from './target-directories.ts';

const GROUP_DIRECTORY_MODE = 0o750;

/** How to finish. */
export interface FinishOptions {
  /** Whether to wait until all is on disk. */
  readonly sync: boolean;
  readonly signal: AbortSignal;
}

/** Does the last steps. Between any two of them `signal` may still stop it all. */
export async function finish(
  { targets, groupAccess, manifest, control, partial }: Extracted,
  { sync, signal }: FinishOptions,
): Promise<void> {
  const settle = async (paths: Iterable<string>) => {
    if (sync) await syncAll(paths, signal);
    signal.throwIfAborted();
  };
  const { data } = targets;
  setModes(targets, groupAccess ? GROUP_DIRECTORY_MODE : OWNER_DIRECTORY_MODE);
  if (manifest !== undefined && groupAccess) openToGroup(manifest.path);
  await settle(everything(targets));
  if (manifest !== undefined) {
    putInPlace(manifest, data);
    data.claim(basename(manifest.path));
    await settle([data.path]);
  }
  if (partial && !existsSync(control.path)) return;
  putInPlace(control, data);
  await settle([dirname(control.path)]);
}

/** A server takes no data directory that others can read, so the mode of one that was there is changed too. */
function setModes(targets: TargetDirectories, mode: number): void {
  for (const directory of targets.all) {
    if (directory.created || directory === targets.data) directory.setMode(mode);
  }
}

/** The manifest comes without a mode: pg_basebackup gives it that of the server's files. */
function openToGroup(path: string): void {
  attempt(`could not set permissions of file "${path}"`, () => chmodSync(path, GROUP_FILE_MODE));
}

/** Another file of that name is not ours to remove after this failure. */
function putInPlace(staged: StagedName, directory: TargetDirectory): void {
  try {
    staged.putInPlace();
  } catch (error) {
    if (isTaken(error)) directory.disclaim(staged.proper);
    throw error;
  }
}

/** All files and directories, each directory after what is in it, and the directories that hold the whole. */
function* everything(targets: TargetDirectories): Generator<string, void, undefined> {
  for (const directory of targets.all) {
    yield* tree(directory.path);
    yield* directory.holders;
  }
}

function* tree(directory: string): Generator<string, void, undefined> {
  const entries = attempt(`could not read directory "${directory}"`, () => readDirectory(directory));
  for (const entry of entries) {
    const path = `${directory}/${entry.name}`;
    if (entry.kind === 'directory') yield* tree(path);
    else if (entry.kind === 'file') yield path;
  }
  yield directory;
}
