/**
 * Whether a server's certificate is for the host that we meant (sslmode=verify-full). Rules and complaints are those of
 * libpq (fe-secure-common.c, and pgtls_verify_peer_name_matches_certificate_guts in fe-secure-openssl.c), from which
 * Node.js's checkServerIdentity() differs on both sides: a wildcard stands for one whole label, the first; it may stand
 * before a single label; an address may be written as a DNS name; and the common name counts unless there is an
 * alternative name of the host's kind.
 */

import { isIP, isIPv6, SocketAddress } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { TroubleError } from '../../errors/trouble.ts';

/** A name that a certificate is for. */
interface Name {
  readonly kind: 'DNS' | 'IP Address';
  readonly text: string;
}

/** Names in `DNS:a, IP Address:127.0.0.1, DNS:"with, comma"`, where quotes are those of JSON. */
const ALTERNATIVES = /(?:^|, )([^:,]+):("(?:\\.|[^"\\])*"|[^,]*)/g;

/** Returns the complaint, or undefined when the certificate matches the host name or address. */
export function verifyHostName(host: string, certificate: PeerCertificate): Error | undefined {
  const names = certificateNames(host, certificate);
  const [first, ...others] = names;
  if (first === undefined) {
    return new TroubleError("could not get server's host name from server certificate");
  }
  if (names.some(({ text }) => text.includes('\0'))) {
    return new TroubleError("SSL certificate's name contains embedded null");
  }
  if (names.some((name) => matches(name, host))) return undefined;
  const more =
    others.length === 0 ? '' : ` (and ${others.length} other name${others.length === 1 ? '' : 's'})`;
  return new TroubleError(`server certificate for "${first.text}"${more} does not match host name "${host}"`);
}

/** The alternative names, and the common name where none of them is of the host's kind. */
function certificateNames(host: string, { subjectaltname = '', subject }: PeerCertificate): Name[] {
  const names: Name[] = [];
  for (const [, kind, text = ''] of subjectaltname.matchAll(ALTERNATIVES)) {
    if (kind !== 'DNS' && kind !== 'IP Address') continue;
    names.push({ kind, text: text.startsWith('"') ? JSON.parse(text) : text });
  }
  const wanted = isIP(host) === 0 ? 'DNS' : 'IP Address';
  const [common] = [subject?.CN ?? []].flat();
  if (common !== undefined && !names.some(({ kind }) => kind === wanted)) {
    names.push({ kind: 'DNS', text: common });
  }
  return names;
}

function matches({ kind, text }: Name, host: string): boolean {
  if (kind === 'IP Address') return isIP(host) !== 0 && canonical(text) === canonical(host);
  const [name, wanted] = [text.toLowerCase(), host.toLowerCase()];
  return name === wanted || matchesWildcard(name, wanted);
}

/** "*" and at least one label of the name against a host name of one label more. */
function matchesWildcard(pattern: string, host: string): boolean {
  if (!/^\*\../.test(pattern) || pattern.length > host.length) return false;
  return host.indexOf('.') === host.length - pattern.length + 1 && host.endsWith(pattern.slice(1));
}

/** One spelling for each address. */
function canonical(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}
