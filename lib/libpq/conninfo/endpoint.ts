/**
 * Endpoints: the single addresses of a host setting, and the beginning of messages about a failure at one of them. A
 * name may have several addresses, which are tried in the order of the system's resolver. Wording after libpq's
 * fe-connect.c (PQconnectPoll, emitHostIdentityInfo).
 */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { TroubleError } from '../../errors/trouble.ts';
import type { HostSetting } from './hosts.ts';

/** sizeof(sun_path) without the zero byte at its end: 108 on Linux, 104 on macOS and the BSDs. */
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

/** EAI_NONAME and EAI_AGAIN in the words of gai_strerror(3). */
const LOOKUP_FAILURES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
};

/** One address to connect to. */
export interface Endpoint {
  readonly kind: 'socket' | 'tcp';
  /** The path of a Unix-domain socket or an IP address, as the system wants it. */
  readonly address: string;
  readonly port: number;
  /** "connection to server at ... failed": what a message about this endpoint begins with. */
  readonly failure: string;
}

/** Finds the addresses of a host. Throws TroubleError when there are none. */
export async function resolveEndpoints(host: HostSetting): Promise<Endpoint[]> {
  if (host.kind === 'socket') return [socketEndpoint(host)];
  const addresses = host.kind === 'address' ? [checkAddress(host.hostaddr)] : await lookupAll(host.host);
  return addresses.map((address) => ({
    kind: 'tcp',
    address,
    port: host.port,
    failure: `connection to server at ${displayedHost(host, address)}, port ${host.port} failed`,
  }));
}

function socketEndpoint({ host, port }: HostSetting): Endpoint {
  const path = `${host}/.s.PGSQL.${port}`;
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH) {
    throw new TroubleError(
      `Unix-domain socket path "${path}" is too long (maximum ${LONGEST_SOCKET_PATH} bytes)`,
    );
  }
  return {
    kind: 'socket',
    // The abstract namespace of Linux: libpq's users write "@", the system wants a zero byte.
    address: path.replace(/^@/, '\0'),
    port,
    failure: `connection to server on socket "${path}" failed`,
  };
}

function checkAddress(address: string): string {
  if (isIP(address) === 0) {
    throw new TroubleError(`could not parse network address "${address}": ${LOOKUP_FAILURES.ENOTFOUND}`);
  }
  return address;
}

async function lookupAll(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new TroubleError(
      `could not translate host name "${name}" to address: ${LOOKUP_FAILURES[code] ?? message}`,
      { cause: error },
    );
  }
}

/** The address is added to a name that the user gave, unless the name is the address. */
function displayedHost(host: HostSetting, address: string): string {
  if (host.kind === 'address' || host.host === address) return `"${address}"`;
  return `"${host.host}" (${address})`;
}
