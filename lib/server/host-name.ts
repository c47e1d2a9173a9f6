/**
 * Whether a server's certificate is for the host that we meant (sslmode=verify-full). Node.js compares the
 * names (RFC 6125: subject alternative names, the common name only when there are none); the complaint is
 * libpq's (fe-secure-common.c).
 */

import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { TroubleError } from '../cli/trouble.ts';

/** Returns the complaint, or undefined when the certificate matches the host name or address. */
export function verifyHostName(host: string, certificate: PeerCertificate): Error | undefined {
  const mismatch = checkServerIdentity(host, certificate);
  if (!mismatch) return undefined;
  const [first, ...others] = certificateNames(certificate);
  if (first === undefined) {
    return new TroubleError("could not get server's host name from server certificate", { cause: mismatch });
  }
  const more =
    others.length === 0 ? '' : ` (and ${others.length} other name${others.length === 1 ? '' : 's'})`;
  return new TroubleError(`server certificate for "${first}"${more} does not match host name "${host}"`, {
    cause: mismatch,
  });
}

/** The names in `DNS:a, DNS:b, IP Address:c`, or else the common name. */
function certificateNames(certificate: PeerCertificate): string[] {
  const alternatives = (certificate.subjectaltname ?? '')
    .split(', ')
    .filter((entry) => /^(DNS|IP Address):/.test(entry))
    .map((entry) => entry.replace(/^[^:]*:/, ''));
  if (alternatives.length > 0) return alternatives;
  return certificate.subject?.CN ? [certificate.subject.CN].flat() : [];
}
