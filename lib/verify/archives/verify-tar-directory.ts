/**
 * Verifies a backup in tar format, a directory with base.tar, OID.tar, perhaps pg_wal.tar, and the manifest: archives
 * are read one after the other, as if they came in a stream (verify_tar_backup() in
 * src/bin/pg_verifybackup/pg_verifybackup.c).
 */

import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, systemTrouble } from '../../errors/system-trouble.ts';
import { VERSION_FILE } from '../../postgres/data-directory.ts';
import { type ArchiveName, MANIFEST, parseArchiveName } from '../../stream/archive-name.ts';
import type { Frame } from '../../stream/frame.ts';
import type { FoundName } from '../records/found-backup.ts';
import { readManifestFile } from '../records/manifest.ts';
import type {
  BackupFormat,
  BackupPaths,
  DirectoryRun,
  ReadListener,
  Verification,
} from '../shared/verification.ts';
import { verifyStream } from './verify-stream.ts';

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
  { directory, manifest: path, wal }: BackupPaths,
  { progress }: DirectoryRun,
  verification: Verification,
): Promise<void> {
  const manifest = readManifestFile(path ?? join(directory, MANIFEST));
  const { names, strays } = readNames(directory, verification);
  progress.begin(names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0));
  const frames = readArchives(directory, names, progress, verification.signal);
  const options = { algorithm: 'NONE', manifest, wal, strays } as const;
  for await (const _frame of verifyStream(options, verification)(frames));
}

/** The archives, in the order in which they are read, and what should not be there. */
function readNames(
  directory: string,
  { ignore }: Verification,
): { readonly names: readonly string[]; readonly strays: readonly FoundName[] } {
  const entries = attempt(`could not open directory "${directory}"`, () => readdirSync(directory));
  const judged = entries
    .filter((name) => !ignore.covers(name))
    .map((name) => ({ name, complaint: objection(directory, name) }));
  const rank = (name: string) => ORDER.indexOf(parseArchiveName(name)?.kind ?? 'base');
  return {
    names: judged
      .flatMap(({ name, complaint }) => (complaint === undefined ? [name] : []))
      .sort((one, other) => rank(one) - rank(other)),
    strays: judged.flatMap(({ name, complaint }) =>
      complaint === undefined ? [] : [{ type: 'misplaced', path: name, complaint, archive: undefined }],
    ),
  };
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
