/**
 * Verifies a backup in tar format, a directory with base.tar, OID.tar, perhaps pg_wal.tar, and the manifest: archives
 * are read one after the other, as if they came in a stream (verify_tar_backup() in
 * src/bin/pg_verifybackup/pg_verifybackup.c).
 */

import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, systemTrouble } from '../errors/system-trouble.ts';
import { VERSION_FILE } from '../postgres/data-directory.ts';
import { type ArchiveName, MANIFEST, parseArchiveName } from '../stream/archive-name.ts';
import type { Frame } from '../stream/frame.ts';
import type { BackupFormat, DirectoryRun, Places } from './directory.ts';
import { readManifestFile } from './manifest.ts';
import { verifyPassing } from './passing-backup.ts';
import type { ReadListener, Verification } from './verification.ts';

const READ_BYTES = 256 * 1024;
/** base.tar begins with the label, which says where WAL and pages begin; WAL comes last. */
const ORDER: readonly ArchiveName['kind'][] = ['base', 'tablespace', 'wal'];

/** Whether a directory holds tars, unless that is said: no data directory, but a base.tar. */
export function isTarDirectory(directory: string, format: BackupFormat | undefined): boolean {
  if (format !== undefined) return format === 'tar';
  if (existsSync(join(directory, VERSION_FILE))) return false;
  return ['', '.gz', '.lz4', '.zst'].some((suffix) => existsSync(join(directory, `base.tar${suffix}`)));
}

/** Verifies the directory. Throws BackupError if the manifest or an archive is not whole. */
export async function verifyTarDirectory(
  { directory, manifest: path, wal }: Places,
  { progress }: DirectoryRun,
  verification: Verification,
): Promise<void> {
  const manifest = readManifestFile(path ?? join(directory, MANIFEST));
  const names = archivesIn(directory, verification);
  if (wal === undefined) insistOnWalArchive(names, verification);
  progress.begin(names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0));
  const frames = readArchives(directory, names, progress, verification.signal);
  const options = { algorithm: 'NONE', manifest, wal } as const;
  for await (const _frame of verifyPassing(options, verification, () => {})(frames));
}

function archivesIn(directory: string, { findings, ignore }: Verification): string[] {
  const entries = attempt(`could not open directory "${directory}"`, () => readdirSync(directory));
  const rank = (name: string) => ORDER.indexOf(parseArchiveName(name)?.kind ?? 'base');
  const isArchive = (name: string): boolean => {
    const complaint = objection(directory, name);
    if (complaint !== undefined)
      findings.add({ check: 'file', path: name, message: `file "${name}" ${complaint}` });
    return complaint === undefined;
  };
  return entries
    .filter((name) => !ignore.covers(name) && isArchive(name))
    .sort((one, other) => rank(one) - rank(other));
}

/** In the words of pg_verifybackup: WAL is in an archive of its own, or in that of the data directory. */
function insistOnWalArchive(names: readonly string[], { findings, parseWal }: Verification): void {
  const hasWal = names.some((name) => parseArchiveName(name)?.kind !== 'tablespace');
  if (!parseWal || hasWal) return;
  const hint = 'Say where WAL is with -w/--wal-path, or use -n/--no-parse-wal.';
  findings.add({ check: 'wal', message: 'WAL archive not found', hint });
}

function objection(directory: string, name: string): string | undefined {
  if (!statSync(join(directory, name), { throwIfNoEntry: false })?.isFile()) return 'is not a regular file';
  return parseArchiveName(name) === undefined ? 'is not expected in a tar format backup' : undefined;
}

async function* readArchives(
  directory: string,
  names: readonly string[],
  progress: ReadListener,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  for (const name of names) {
    yield { type: 'archive', name, location: '', resumed: false };
    try {
      for await (const bytes of createReadStream(join(directory, name), { highWaterMark: READ_BYTES })) {
        signal.throwIfAborted();
        progress.add(bytes.length);
        yield { type: 'data', parts: [bytes], bytes: bytes.length };
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).errno === undefined) throw error;
      throw systemTrouble(`could not read file "${name}"`, error);
    }
    yield { type: 'archive-end', name };
  }
  await progress.end();
  yield { type: 'end' };
}
