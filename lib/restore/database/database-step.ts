/**
 * Restores some databases of a cluster: the files of all others are there, each as long as it was, but are holes
 * without contents, as those of pgBackRest's --db-include are. The server needs the files to replay WAL that changes
 * them, and takes a hole for pages that are not in use. Nobody can connect to an empty database, since its
 * pg_filenode.map is not valid, but it can be dropped.
 *
 * If only OIDs were given, the contents are dropped as they come. A name stands in pg_database, which may come last:
 * then all is written first, and what is not wanted is taken away when the name is known.
 */

import { setImmediate as letSignalsIn } from 'node:timers/promises';
import { TroubleError } from '../../errors/trouble.ts';
import { isIncrementalLabel } from '../../postgres/backup-label.ts';
import { BACKUP_LABEL } from '../../postgres/data-directory.ts';
import type { ContentsSink, FileWriter } from '../../store/file-writer.ts';
import type { RestoreStep, Unpacked } from '../step.ts';
import {
  type DatabaseDirectory,
  databaseDirectories,
  databaseOf,
  dataFiles,
} from './database-directories.ts';
import { HoleContents, makeHole } from './hole.ts';
import { type DatabaseRow, readDatabases } from './pg-database.ts';
import { readSmallFile } from './small-file.ts';
import { type DatabaseChoice, isWanted, selectDatabases } from './wanted-databases.ts';

/** A database that was left empty; its name if that is certain. */
export interface EmptyDatabase {
  readonly oid: number;
  readonly name: string | undefined;
}

/** The step that leaves all databases empty but those chosen. */
export class DatabaseStep implements RestoreStep {
  readonly partial = true;
  readonly #choice: DatabaseChoice;
  readonly #oids: ReadonlySet<number>;
  readonly #signal: AbortSignal;
  #emptied: readonly EmptyDatabase[] = [];

  constructor(choice: DatabaseChoice, signal: AbortSignal) {
    this.#choice = choice;
    this.#oids = new Set(choice.oids);
    this.#signal = signal;
  }

  /** The databases that were left empty, when the step is complete. */
  get emptied(): readonly EmptyDatabase[] {
    return this.#emptied;
  }

  contents(path: string, file: FileWriter): ContentsSink | undefined {
    if (this.#isByName) return undefined;
    const oid = databaseOf(path);
    return oid === undefined || isWanted(oid, this.#oids) ? undefined : new HoleContents(file);
  }

  async complete({ targets }: Unpacked): Promise<void> {
    const others = findOthers(this.#choice, targets);
    if (this.#isByName) await emptyAll(others, this.#signal);
    this.#emptied = named([...new Set(others.map(({ oid }) => oid))], targets.data.path);
  }

  get #isByName(): boolean {
    return this.#choice.names.length > 0;
  }
}

/** The directories of the databases that are not wanted. */
function findOthers(choice: DatabaseChoice, { data, tablespaces }: Unpacked['targets']): DatabaseDirectory[] {
  insistOnFull(data.path);
  const directories = databaseDirectories(data.path, tablespaces);
  const rows = choice.names.length > 0 ? readDatabases(data.path) : [];
  const selected = selectDatabases(choice, rows, new Set(directories.map(({ oid }) => oid)));
  return directories.filter(({ oid }) => !isWanted(oid, selected));
}

/** A database that was renamed has several rows, of which only a server could tell which counts. */
function named(oids: readonly number[], directory: string): EmptyDatabase[] {
  const rows = databaseRows(directory);
  return oids.map((oid) => {
    const [name, second] = new Set(rows.filter((row) => row.oid === oid).map((row) => row.name));
    return { oid, name: second === undefined ? name : undefined };
  });
}

/** None where only OIDs were given, and the catalog cannot be read. */
function databaseRows(directory: string): readonly DatabaseRow[] {
  try {
    return readDatabases(directory);
  } catch {
    return [];
  }
}

/** Files of an incremental backup have no pages where pages belong, and are nothing without their contents. */
function insistOnFull(directory: string): void {
  if (!isIncrementalLabel(readSmallFile(`${directory}/${BACKUP_LABEL}`).toString('latin1'))) return;
  throw new TroubleError('could not restore single databases: the backup is incremental', {
    hint: 'Use bb-combine to restore all databases.',
  });
}

async function emptyAll(directories: readonly DatabaseDirectory[], signal: AbortSignal): Promise<void> {
  for (const directory of directories) {
    for (const path of dataFiles(directory)) makeHole(path);
    await letSignalsIn();
    signal.throwIfAborted();
  }
}
