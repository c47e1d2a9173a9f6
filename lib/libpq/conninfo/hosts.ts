/**
 * The list of servers to try, from the comma-separated lists in host, hostaddr and port.
 *
 * The rules (lists of equal length, one port for all, an empty entry means the default) are those of
 * connectOptions2 in libpq's fe-connect.c, and so are the complaints.
 */

import { existsSync } from 'node:fs';
import { TroubleError } from '../../errors/trouble.ts';
import { parseInteger } from './values.ts';

const DEFAULT_PORT = 5432;

/** One server to try: by address, by a name to look up, or by the directory of its Unix-domain socket. */
export interface HostSetting {
  readonly kind: 'address' | 'name' | 'socket';
  /** The name or the socket's directory; empty when only an address was given. */
  readonly host: string;
  /** The IP address for kind address, otherwise empty. */
  readonly hostaddr: string;
  readonly port: number;
}

/** The socket directory of Debian's and Red Hat's packages where there is one, else PostgreSQL's own. */
export function defaultSocketDirectory(): string {
  return existsSync('/var/run/postgresql') ? '/var/run/postgresql' : '/tmp';
}

/** Makes the list of servers from the three keywords; each may be empty. */
export function parseHosts(host: string, hostaddr: string, port: string): HostSetting[] {
  const addresses = splitList(hostaddr);
  const names = splitList(host);
  const count = Math.max(addresses.length || names.length, 1);
  if (names.length > 0 && names.length !== count) {
    throw new TroubleError(`could not match ${names.length} host names to ${count} hostaddr values`);
  }
  const ports = splitList(port);
  if (ports.length > 1 && ports.length !== count) {
    throw new TroubleError(`could not match ${ports.length} port numbers to ${count} hosts`);
  }
  return Array.from({ length: count }, (_, index) =>
    makeHost(names[index] ?? '', addresses[index] ?? '', ports[ports.length === 1 ? 0 : index] ?? ''),
  );
}

function makeHost(host: string, hostaddr: string, portText: string): HostSetting {
  const port = parsePort(portText);
  if (hostaddr !== '') return { kind: 'address', host, hostaddr, port };
  if (host === '') return { kind: 'socket', host: defaultSocketDirectory(), hostaddr, port };
  // A name that begins with "@" is a socket in the abstract namespace.
  return { kind: /^[/@]/.test(host) ? 'socket' : 'name', host, hostaddr, port };
}

function parsePort(text: string): number {
  if (text === '') return DEFAULT_PORT;
  // In a URI whose password has a "/" that is not encoded, the password stands where the port should.
  if (!/^\s*[-+]?\d+\s*$/.test(text))
    throw new TroubleError('invalid integer value for connection option "port"');
  const port = parseInteger('port', text);
  if (port < 1 || port > 65535) throw new TroubleError(`invalid port number: "${text}"`);
  return port;
}

function splitList(text: string): string[] {
  return text === '' ? [] : text.split(',');
}
