/**
 * Compares two backups of one idle cluster in tar format, byte for byte. Differences that cannot be avoided are listed
 * here, with the reason; every other difference is a complaint.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTarFile, type TarMember, withoutTime } from './tar-members.ts';
import { type ManifestFile, manifestPath, readManifest } from './verify.ts';

/** Contents and time differ: the label contains the time, and each backup starts with its own checkpoint. */
const REWRITTEN = ['backup_label', 'global/pg_control'];
/**
 * Only the time differs: of files that are created for each backup (tablespace_map) or rewritten by each checkpoint
 * (replorigin_checkpoint), and of directories in which checkpoints, WAL and the statistics collector (until version 14)
 * create and remove files.
 */
const RETIMED = [
  'tablespace_map',
  'pg_logical/replorigin_checkpoint',
  'pg_logical/',
  'pg_wal/',
  './pg_wal/archive_status/',
  './pg_wal/summaries/',
  'pg_stat_tmp/',
];
/** Each backup has its own WAL, and a mark for each segment that it need not be archived. */
const WAL = /^pg_wal\/(archive_status\/)?[0-9A-F]{24}(\.done)?$/;

/** Compares all archives of two directories. Returns the complaints. */
export function compareArchives(ours: string, theirs: string): string[] {
  const names = readdirSync(ours).sort();
  const expected = readdirSync(theirs).sort();
  if (names.join() !== expected.join()) return [`the files are ${names}, not ${expected}`];
  return names.filter((name) => name.endsWith('.tar')).flatMap((name) => compareArchive(name, ours, theirs));
}

/** Compares the manifests in two directories, except for WAL and the checksum of the manifest. */
export function compareManifests(ours: string, theirs: string): string[] {
  const files = (directory: string) =>
    readManifest(directory).Files.filter((file) => !isWal(manifestPath(file)));
  const expected = files(theirs).map(comparable);
  return files(ours)
    .map(comparable)
    .flatMap((file, index) =>
      file === expected[index] ? [] : [`the manifest has ${file}, not ${expected[index]}`],
    );
}

function isWal(path: string): boolean {
  return WAL.test(path);
}

function compareArchive(name: string, ours: string, theirs: string): string[] {
  const one = readTarFile(join(ours, name));
  const other = readTarFile(join(theirs, name));
  const [found, expected] = [one, other].map(({ members }) => members.filter(({ path }) => !isWal(path)));
  const paths = (members: readonly TarMember[] = []) => members.map(({ path }) => path).join('\n');
  if (paths(found) !== paths(expected)) return [`${name} has other members`];
  const complaints = (found ?? []).flatMap((member, index) => compareMember(member, expected?.[index]));
  if (!one.end.equals(other.end)) complaints.push('another end');
  return complaints.map((complaint) => `${name}: ${complaint}`);
}

function compareMember(one: TarMember, other: TarMember | undefined): string[] {
  const rewritten = REWRITTEN.includes(one.path);
  const header = rewritten || RETIMED.includes(one.path) ? withoutTime : (bytes: Buffer) => bytes;
  if (other === undefined) return [`one member too many, ${one.path}`];
  if (!header(one.header).equals(header(other.header))) return [`another header of ${one.path}`];
  return rewritten || one.contents.equals(other.contents) ? [] : [`other contents of ${one.path}`];
}

function comparable(file: ManifestFile): string {
  const path = manifestPath(file);
  const { Checksum, 'Last-Modified': time, ...rest } = file;
  if (REWRITTEN.includes(path)) return JSON.stringify(rest);
  return JSON.stringify(RETIMED.includes(path) ? { ...rest, Checksum } : { ...rest, Checksum, time });
}
