/**
 * Downloads packages of Debian's suites on a machine with another release, without installing them. apt gets its own
 * configuration, lists and state, in a directory that the caller removes. From the machine's configuration it takes
 * only how to reach a mirror. Nothing in the system is changed, and root is not needed. apt's resolver is not used,
 * since it needs suites that can be installed as a whole, and unstable suites often cannot. We need libraries only,
 * and the newest version of each also serves programs that need an older one.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DEFAULT_MIRROR = 'http://deb.debian.org/debian';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const TIMEOUT_MS = 300_000;

/** Libraries, without those that only optional parts of programs load. */
const LIBRARY = /^(lib(?!llvm|perl|c-gconv)|zlib1g$)/;

/**
 * Downloads packages and, through all levels, the libraries that they depend on, in the newest version of the suites.
 * Returns the directory with their files. Throws if there is no apt, or no mirror can be reached.
 */
export function downloadPackages(
  directory: string,
  suites: readonly string[],
  names: readonly string[],
): string {
  const archives = join(directory, 'archives');
  mkdirSync(archives);
  configure(directory, suites);
  apt(directory, 'apt-get', ['update', '--error-on=any']);
  apt(directory, 'apt-get', ['download', ...withLibraries(directory, names)]);
  return archives;
}

/** Runs one of apt's programs with the configuration in the directory. It downloads into the archives there. */
function apt(directory: string, program: string, args: readonly string[], system = false): string {
  const own = system ? {} : { APT_CONFIG: join(directory, 'apt.conf') };
  const { status, stdout, stderr, error } = spawnSync(program, ['-q', ...args], {
    cwd: join(directory, 'archives'),
    env: { ...process.env, LC_ALL: 'C', ...own },
    encoding: 'utf8',
    maxBuffer: Infinity,
    timeout: TIMEOUT_MS,
  });
  if (error !== undefined) throw new Error(`could not run ${program}`, { cause: error });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}

/** Writes apt.conf and the files that it names. */
function configure(directory: string, suites: readonly string[]): void {
  for (const name of ['lists/partial', 'cache', 'parts'])
    mkdirSync(join(directory, name), { recursive: true });
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  const mirror = machineMirror(directory) ?? DEFAULT_MIRROR;
  writeFileSync(join(directory, 'status'), '');
  writeLines(
    join(directory, 'sources.list'),
    suites.map((suite) => `deb ${signed}${mirror} ${suite} main`),
  );
  writeLines(join(directory, 'preferences'), ['Package: *', 'Pin: release *', 'Pin-Priority: 500']);
  writeLines(join(directory, 'apt.conf'), [...machineAcquire(directory), ...ownSettings(directory)]);
}

function ownSettings(directory: string): string[] {
  const settings = {
    'APT::Sandbox::User': '',
    // A mirror may be out of date, and a suite that rarely changes is rarely signed again.
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'Acquire::http::Timeout': '60',
    'Dir::Cache': join(directory, 'cache'),
    'Dir::Etc::parts': join(directory, 'parts'),
    'Dir::Etc::preferences': join(directory, 'preferences'),
    'Dir::Etc::preferencesparts': join(directory, 'parts'),
    'Dir::Etc::sourcelist': join(directory, 'sources.list'),
    'Dir::Etc::sourceparts': join(directory, 'parts'),
    'Dir::State': directory,
    'Dir::State::status': join(directory, 'status'),
  };
  return Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
}

/** The Debian mirror in the machine's own sources; undefined if they have none. */
function machineMirror(directory: string): string | undefined {
  const targets = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'];
  const places = apt(directory, 'apt-get', targets, true).split('\n');
  return places.find((place) => /\/debian\/?$/.test(place));
}

/** The machine's settings for reaching a mirror, such as a proxy. */
function machineAcquire(directory: string): string[] {
  const lines = apt(directory, 'apt-config', ['dump'], true).split('\n');
  return lines.filter((line) => line.startsWith('Acquire::'));
}

/** The packages and all libraries that they depend on, directly or not. */
function withLibraries(directory: string, names: readonly string[]): string[] {
  const all = new Set(names);
  let level = names;
  while (level.length > 0) {
    const records = apt(directory, 'apt-cache', ['show', '--no-all-versions', ...level]);
    level = [...new Set(libraries(records))].filter((name) => !all.has(name));
    for (const name of level) all.add(name);
  }
  return [...all];
}

/** The libraries in packages' dependency fields; of alternatives, the first. */
function libraries(records: string): string[] {
  const fields = records.split('\n').flatMap((line) => /^(?:Pre-)?Depends: (.*)/.exec(line)?.[1] ?? []);
  const names = fields.flatMap((field) =>
    field.split(',').map((entry) => /[^\s:(|]+/.exec(entry)?.[0] ?? ''),
  );
  return names.filter((name) => LIBRARY.test(name));
}

function writeLines(file: string, lines: readonly string[]): void {
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
}
