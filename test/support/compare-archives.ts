/**
 * Two backups of one cluster at rest, in tar format, set against each other byte for byte. What they cannot
 * have in common is listed here, and why; every other difference is a complaint.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTarFile, type TarMember, withoutTime } from './tar-members.ts';
import { type ManifestFile, manifestPath, readManifest } from './verify.ts';

/** Contents and time: the label has the time in it, and the checkpoint at the start of a backup its own position. */
const REWRITTEN = ['backup_label', 'global/pg_control'];
/**
 * Time only: made for each backup (tablespace_map), written anew by each checkpoint (replorigin_checkpoint), and
 * the directories in which checkpoints, WAL and the statistics collector (until version 14) make and remove files.
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
/** Each backup has WAL of its own, and says of each segment that it need not be archived. */
const WAL = /^pg_wal\/(archive_status\/)?[0-9A-F]{24}(\.done)?$/;

/** Compares all archives of two directories. Nothing to complain about means an empty list. */
export function compareArchives(ours: string, theirs: string): string[] {
  const names = readdirSync(ours).sort();
  const expected = readdirSync(theirs).sort();
  if (names.join() !== expected.join()) return [`the files are ${names}, not ${expected}`];
  return names.filter((name) => name.endsWith('.tar')).flatMap((name) => compareArchive(name, ours, theirs));
}

/** Compares the manifests of two backups in directories, without WAL and the checksum of the whole. */
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
