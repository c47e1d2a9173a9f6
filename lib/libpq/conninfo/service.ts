/**
 * Connection service files (manual, "The Connection Service File"): named sets of connection parameters in
 * ini form.
 *
 * Comes in: the name of a service. Goes out: the settings of its section; of two equal keywords, the first counts. The
 * user's own file (PGSERVICEFILE or ~/.pg_service.conf) is read first, then the system's. The rules and the complaints
 * are parseServiceInfo and parseServiceFile in libpq's fe-connect.c.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TroubleError } from '../../errors/trouble.ts';
import { type Conninfo, isKeyword } from './keywords.ts';

/** Where the packagers of PostgreSQL put the system's service file: Debian, Red Hat. */
const SYSTEM_DIRECTORIES = ['/etc/postgresql-common', '/etc/sysconfig/pgsql'];

/** Where service files are looked for. */
export interface ServicePlaces {
  /** The file named by PGSERVICEFILE or the keyword servicefile: it must exist. */
  readonly file?: string | undefined;
  readonly homeDirectory: string | undefined;
  /** PGSYSCONFDIR. */
  readonly systemDirectory?: string | undefined;
}

/** Reads the definition of a service. Throws when there is none. */
export function readService(service: string, places: ServicePlaces): Conninfo {
  const ownFile = userFile(places);
  const own = ownFile === undefined ? undefined : readSection(ownFile, service);
  if (own) return own;
  const systemFile = systemDirectories(places)
    .map((directory) => join(directory, 'pg_service.conf'))
    .find((path) => existsSync(path));
  const found = systemFile === undefined ? undefined : readSection(systemFile, service);
  if (!found) throw new TroubleError(`definition of service "${service}" not found`);
  return found;
}

/** The file that was named, or else the default one if it is there. */
function userFile({ file, homeDirectory }: ServicePlaces): string | undefined {
  if (file || homeDirectory === undefined) return file || undefined;
  const path = join(homeDirectory, '.pg_service.conf');
  return existsSync(path) ? path : undefined;
}

function systemDirectories(places: ServicePlaces): readonly string[] {
  return places.systemDirectory === undefined ? SYSTEM_DIRECTORIES : [places.systemDirectory];
}

function readSection(path: string, service: string): Conninfo | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new TroubleError(`service file "${path}" not found`, { cause: error });
  }
  return parseSection(text, service, path);
}

/** Finds the section `[service]` and reads it; undefined when the text has none. */
export function parseSection(text: string, service: string, path: string): Conninfo | undefined {
  let section: Map<string, string> | undefined;
  for (const [index, rawLine] of text.split('\n').entries()) {
    const line = rawLine.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (section) return section;
      if (line.startsWith(`[${service}]`)) section = new Map();
    } else if (section) {
      storeLine(section, line, `service file "${path}", line ${index + 1}`);
    }
  }
  return section;
}

function storeLine(section: Map<string, string>, line: string, place: string): void {
  if (line.startsWith('ldap:')) throw new TroubleError(`LDAP lookup is not supported in ${place}`);
  const equals = line.indexOf('=');
  const name = line.slice(0, Math.max(equals, 0));
  if (name === 'service' || name === 'servicefile') {
    throw new TroubleError(`nested "${name}" specifications not supported in ${place}`);
  }
  if (!isKeyword(name)) throw new TroubleError(`syntax error in ${place}`);
  if (!section.has(name)) section.set(name, line.slice(equals + 1));
}
