import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { verifyHostName } from '../../../lib/server/host-name.ts';

const certificate = (CN: string | undefined, subjectaltname?: string): PeerCertificate =>
  ({ subject: { CN }, subjectaltname }) as unknown as PeerCertificate;

describe('verifyHostName', () => {
  it.each([
    ['db1.example.com', certificate('db1.example.com')],
    ['db1.example.com', certificate('other', 'DNS:db1.example.com')],
    ['db1.example.com', certificate('x', 'DNS:*.example.com')],
    ['127.0.0.1', certificate('x', 'IP Address:127.0.0.1')],
  ])('takes a certificate for %s', (host, cert) => {
    expect(verifyHostName(host, cert)).toBeUndefined();
  });

  it.each([
    ['server certificate for "db1" does not match host name "db2"', 'db2', certificate('db1')],
    [
      'server certificate for "a.example.com" (and 1 other name) does not match host name "db2"',
      'db2',
      certificate('db2', 'DNS:a.example.com, DNS:b.example.com'),
    ],
    [
      'server certificate for "a" (and 2 other names) does not match host name "10.0.0.1"',
      '10.0.0.1',
      certificate('10.0.0.1', 'DNS:a, DNS:b, IP Address:10.0.0.2'),
    ],
    ["could not get server's host name from server certificate", 'db1', certificate(undefined)],
  ])('complains: %s', (complaint, host, cert) => {
    expect(verifyHostName(host, cert)?.message).toBe(complaint);
  });
});
