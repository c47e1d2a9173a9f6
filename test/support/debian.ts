/**
 * PostgreSQL servers with all their client tools from Debian's newer suites, unpacked into the cache with all the
 * libraries that they need, including the C library. A script with the name of each program starts it with the dynamic
 * loader that was unpacked with it (ld.so(8)). So the directory can be moved, the environment of child processes is not
 * changed, and a program that looks for others in its own directory, as initdb does, finds the scripts there.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { downloadPackages } from './apt.ts';
import { cached, intoCache } from './cache.ts';
import { runnable } from './runnable.ts';

/** The suites with a major version and its libraries. */
const SUITES: Readonly<Record<number, readonly string[]>> = {
  17: ['trixie'],
  18: ['sid'],
  19: ['sid', 'experimental'],
};

/** Whether Debian has a major version. */
export function inDebian(major: number): boolean {
  return SUITES[major] !== undefined;
}

/** The directory of a version's programs; undefined before installDebian() has fetched them. */
export function debianPrograms(major: number): string | undefined {
  const root = cached(`debian-${major}`);
  return existsSync(root) ? runnable(root, programsOf(major)) : undefined;
}

/** Fetches a major version into the cache, or throws. */
export function installDebian(major: number): void {
  intoCache(`debian-${major}`, (root) => {
    const packages = join(root, 'packages');
    mkdirSync(packages);
    const names = [`postgresql-${major}`, `postgresql-client-${major}`];
    const archives = downloadPackages(packages, SUITES[major] ?? [], names);
    for (const name of readdirSync(archives)) run('dpkg-deb', ['--extract', join(archives, name), root]);
    for (const path of useless(major)) rmSync(join(root, path), { recursive: true, force: true });
    rmSync(packages, { recursive: true });
    writeScripts(root, major);
    run(join(root, programsOf(major), 'postgres'), ['--version']);
  });
}

function programsOf(major: number): string {
  return `usr/lib/postgresql/${major}/bin`;
}

/** Unpacked files that are not needed: manual pages, and JIT compilation, whose library is as large as all the rest. */
function useless(major: number): string[] {
  const compiler = ['llvmjit.so', 'llvmjit_types.bc', 'bitcode'];
  return [
    'usr/share/doc',
    'usr/share/man',
    'usr/share/locale',
    ...compiler.map((name) => join(programsOf(major), '../lib', name)),
  ];
}

/** Renames the programs and writes a script for each. */
function writeScripts(root: string, major: number): void {
  const loader = loaderIn(root);
  const programs = join(root, programsOf(major));
  renameSync(programs, join(programs, '../loaded'));
  mkdirSync(programs);
  for (const name of readdirSync(join(programs, '../loaded'))) {
    writeFileSync(join(programs, name), script(name, loader));
    chmodSync(join(programs, name), 0o755);
  }
}

/** The path of the dynamic loader, which is among the libraries. */
function loaderIn(root: string): string {
  for (const directory of readdirSync(join(root, 'usr/lib')).filter((name) => name.includes('-linux-gnu'))) {
    const loader = readdirSync(join(root, 'usr/lib', directory)).find((name) =>
      /^ld-linux.*\.so\.\d+$/.test(name),
    );
    if (loader !== undefined) return join('usr/lib', directory, loader);
  }
  throw new Error('found no dynamic loader in the package of the C library');
}

function script(name: string, loader: string): string {
  return `#!/bin/sh
bin=$(cd "\${0%/*}" && pwd)
root=\${bin%/usr/lib/postgresql/*}
loader=$root/${loader}
exec "$loader" --argv0 "$bin/${name}" --library-path "\${loader%/*}" "$bin/../loaded/${name}" "$@"
`;
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`could not run ${program}`, { cause: error });
  if (status !== 0) throw new Error(`${program} failed: ${stderr.trim()}`);
}
