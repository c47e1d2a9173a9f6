/**
 * Checks a data directory against its backup manifest: with pg_verifybackup, if there is one that can read the
 * manifest; with a check of our own, by the manual's "Backup Manifest Format"; and with bb-verify, which must not find
 * anything wrong with a good backup.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import { runOk } from './run.ts';
import { clientTool, ownTool, type Server } from './servers.ts';
import { tool } from './tools.ts';

/** The parts of a manifest that tests read. */
export interface Manifest {
  readonly 'PostgreSQL-Backup-Manifest-Version': number;
  readonly Files: readonly ManifestFile[];
  readonly 'WAL-Ranges': readonly unknown[];
  readonly 'Manifest-Checksum': string;
}

/** The entry of a file, with one of the two paths. */
export interface ManifestFile {
  readonly Path?: string;
  readonly 'Encoded-Path'?: string;
  readonly Size: number;
  readonly 'Last-Modified': string;
  readonly 'Checksum-Algorithm'?: string;
  readonly Checksum?: string;
}

/**
 * The first server version whose backups only the pg_verifybackup of the same version can verify: with a manifest of
 * version 2 it reads pg_control, whose format differs in every version.
 */
const FIRST_OF_MANIFEST_2 = 17;
/** Files that pg_verifybackup ignores too. WAL is verified separately. */
const NOT_IN_MANIFEST = /^(backup_manifest|postgresql\.auto\.conf|(recovery|standby)\.signal|pg_wal(\/.*)?)$/;

/** Reads the manifest in a directory. */
export function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'backup_manifest'), 'utf8'));
}

/** The path of a file, in either of its forms. */
export function manifestPath(file: ManifestFile): string {
  return file.Path ?? Buffer.from(file['Encoded-Path'] ?? '', 'hex').toString();
}

/** A pg_verifybackup that can read this server's manifests; undefined if there is none. */
export function verifier(server: Server): string | undefined {
  const readsOlder = server.major < FIRST_OF_MANIFEST_2 ? clientTool('pg_verifybackup') : undefined;
  return ownTool('pg_verifybackup', server) ?? readsOlder;
}

/** Throws what is wrong with a data directory that no server has used. Without `wal`, WAL is not checked. */
export async function verifyBackup(server: Server, directory: string, wal = true): Promise<void> {
  checkManifest(directory);
  const ours = tool('bb-verify', ['-q', ...(wal ? [] : ['--no-parse-wal']), directory]);
  await runOk(ours.command, ours.args);
  const program = verifier(server);
  if (program === undefined) return;
  const readsWal = program === ownTool('pg_verifybackup', server);
  await runOk(program, [...(wal && readsWal ? [] : ['--no-parse-wal']), directory]);
}

function checkManifest(directory: string): void {
  const bytes = readFileSync(join(directory, 'backup_manifest'));
  const manifest = readManifest(directory);
  const lastLine = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
  const complaints =
    checksumOf('SHA256', bytes.subarray(0, lastLine)) === manifest['Manifest-Checksum']
      ? []
      : ['manifest checksum mismatch'];
  const files = new Set(walk(directory));
  for (const file of manifest.Files) {
    const path = manifestPath(file);
    if (NOT_IN_MANIFEST.test(path)) continue;
    if (!files.delete(path)) complaints.push(`"${path}" is missing`);
    else complaints.push(...complain(file, readFileSync(join(directory, path))));
  }
  for (const path of files)
    if (!NOT_IN_MANIFEST.test(path)) complaints.push(`"${path}" is not in the manifest`);
  if (complaints.length > 0)
    throw new Error(`"${directory}" does not match its manifest:\n${complaints.join('\n')}`);
}

function complain(file: ManifestFile, contents: Buffer): string[] {
  const path = manifestPath(file);
  if (contents.length !== file.Size) return [`"${path}" has ${contents.length} bytes, not ${file.Size}`];
  const algorithm = file['Checksum-Algorithm'];
  if (algorithm === undefined || checksumOf(algorithm, contents) === file.Checksum) return [];
  return [`"${path}" has another checksum`];
}

/** In hexadecimal. A CRC-32C is written as the little-endian number that the server has in memory. */
function checksumOf(algorithm: string, bytes: Buffer): string {
  if (algorithm !== 'CRC32C') return createHash(algorithm.toLowerCase()).update(bytes).digest('hex');
  const value = Buffer.alloc(4);
  value.writeUInt32LE(crc32c(bytes));
  return value.toString('hex');
}

/** The files below a directory, following the links of tablespaces. */
function* walk(directory: string, path = ''): Generator<string, void, undefined> {
  for (const name of readdirSync(join(directory, path))) {
    const inner = path === '' ? name : `${path}/${name}`;
    if (statSync(join(directory, inner)).isDirectory()) yield* walk(directory, inner);
    else yield inner;
  }
}
