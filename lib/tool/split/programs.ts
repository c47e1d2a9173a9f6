/** Programs for commands that are told to be copied: where they are on this machine, and how another user runs them. */

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { shellWord } from '../../terminal/shell-word.ts';

/** Far more than a program takes to say its version. */
const VERSION_MS = 5000;

/** Where packages of PostgreSQL put its programs. */
const DIRECTORIES = [
  (major: string) => `/usr/lib/postgresql/${major}/bin`,
  (major: string) => `/usr/pgsql-${major}/bin`,
  (major: string) => `/usr/local/pgsql-${major}/bin`,
  (major: string) => `/opt/homebrew/opt/postgresql@${major}/bin`,
];

/** A program of this version of PostgreSQL, with its path if it is found; the usual directories are not in $PATH. */
export function postgresProgram(name: string, major: string | undefined): string {
  if (major === undefined) return find(name, searchPath()) ?? name;
  const usual = DIRECTORIES.map((directory) => directory(major));
  const isOurs = (directory: string) => isOfVersion(join(directory, name), major);
  return find(name, usual) ?? find(name, searchPath().filter(isOurs)) ?? name;
}

/** "pg_ctl (PostgreSQL) 18.4"; of versions before the first release, "19beta1". */
function isOfVersion(path: string, major: string): boolean {
  if (!isExecutable(path)) return false;
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: VERSION_MS });
  return /\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1] === major;
}

/** A command that another user is to run, for root; undefined if the machine has nothing for that. */
export function asUser(user: string, command: string): string | undefined {
  const isNumber = /^[0-9]+$/.test(user);
  const has = (name: string) => find(name, searchPath()) !== undefined;
  if (has('sudo')) return `sudo -u ${shellWord(isNumber ? `#${user}` : user)} ${command}`;
  if (isNumber) {
    return has('setpriv') ? `setpriv --reuid=${user} --regid=${user} --clear-groups ${command}` : undefined;
  }
  if (has('runuser')) return `runuser -u ${shellWord(user)} -- ${command}`;
  return has('su') ? `su ${shellWord(user)} -s /bin/sh -c ${shellWord(command)}` : undefined;
}

function searchPath(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
}

function find(name: string, directories: readonly string[]): string | undefined {
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
