/**
 * The password file (manual, "The Password File"): lines of `host:port:database:user:password`, where `*`
 * stands for anything and a backslash makes ":" and "\" ordinary.
 *
 * Comes in: the file's path, a host and a user. Goes out: the password of the first line that fits. The rules and
 * warnings are passwordFromFile in libpq's fe-connect.c, but libpq does not warn of a file that it cannot read. The
 * package `pgpass` is not used: it skips lines shorter than 11 characters, misreads an escaped backslash before a
 * colon, takes a "#" line for an entry, knows no passfile keyword and writes its warnings itself.
 */

import { readFileSync, statSync } from 'node:fs';
import { systemErrorText } from '../../errors/system-error.ts';
import { defaultSocketDirectory, type HostSetting } from './hosts.ts';

/** A replication connection is to no database; its field contains this. */
const DATABASE = 'replication';
const OTHERS_ACCESS = 0o077;

/** Finds the password for a user on a host; undefined when the file has none or may not be used. */
export function readPasswordFile(
  path: string,
  host: HostSetting,
  user: string,
  warn: (message: string) => void,
): string | undefined {
  const text = readUsable(path, warn);
  return text === undefined
    ? undefined
    : findPassword(text, [matchedHost(host), String(host.port), DATABASE, user]);
}

/** The contents; undefined if there is no such file, or if it may not be used, of which the user is warned. */
function readUsable(path: string, warn: (message: string) => void): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) warn(`password file "${path}" is not a plain file`);
    else if (stats.mode & OTHERS_ACCESS) {
      warn(`password file "${path}" has group or world access; permissions should be u=rw (0600) or less`);
    } else return readFileSync(path, 'utf8');
  } catch (error) {
    if (!isMissing(error)) warn(`could not read password file "${path}": ${systemErrorText(error)}`);
  }
  return undefined;
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** The host as password files write it: a socket in the default directory is "localhost". */
function matchedHost({ kind, host, hostaddr }: HostSetting): string {
  if (kind === 'socket' && host === defaultSocketDirectory()) return 'localhost';
  return host || hostaddr;
}

/** Finds the password in the text of a password file, by host, port, database and user. */
export function findPassword(text: string, wanted: readonly string[]): string | undefined {
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = splitFields(line);
    const matches = wanted.every(
      (want, index) => fields[index] === '*' || unescapeField(fields[index]) === want,
    );
    if (matches && fields.length > wanted.length) return unescapeField(fields[wanted.length]);
  }
  return undefined;
}

/** Splits at colons without a backslash before them; the backslashes stay. */
function splitFields(line: string): string[] {
  const fields = [''];
  for (const [token] of line.matchAll(/\\.?|[^\\:]+|:/g)) {
    if (token === ':') fields.push('');
    else fields.push(`${fields.pop()}${token}`);
  }
  return fields;
}

function unescapeField(field: string | undefined): string | undefined {
  return field?.replace(/\\(.)/g, '$1');
}
