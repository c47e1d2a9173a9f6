import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { verifyHostName } from '../../../../lib/libpq/tls/host-name.ts';

const certificate = (CN: string | string[] | undefined, subjectaltname?: string): PeerCertificate =>
  ({ subject: { CN }, subjectaltname }) as unknown as PeerCertificate;

describe('verifyHostName', () => {
  it.each([
    ['db1.example.com', certificate('db1.example.com')],
    ['db1.example.com', certificate(['db1.example.com', 'other'])],
    ['DB1.example.com', certificate('db1.EXAMPLE.com')],
    ['db1.example.com', certificate('other', 'DNS:db1.example.com')],
    ['db1.example.com', certificate('x', 'DNS:*.example.com')],
    ['db1.example.com', certificate('*.example.com')],
    ['db.test', certificate('x', 'DNS:*.test')],
    ['127.0.0.1', certificate('x', 'IP Address:127.0.0.1')],
    ['127.0.0.1', certificate('x', 'DNS:127.0.0.1')],
    ['127.0.0.1', certificate('127.0.0.1', 'DNS:a')],
    ['::1', certificate('x', 'IP Address:0:0:0:0:0:0:0:1')],
    ['2001:db8::1', certificate('x', 'DNS:a, IP Address:2001:DB8:0:0:0:0:0:1')],
    ['db1', certificate('db1', 'IP Address:127.0.0.1')],
    ['db1', certificate('x', 'DNS:"a, DNS:b", DNS:db1')],
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
    [
      'server certificate for "a, DNS:db1" does not match host name "db1"',
      'db1',
      certificate('x', 'DNS:"a, DNS:db1"'),
    ],
    ["could not get server's host name from server certificate", 'db1', certificate(undefined)],
    [
      "SSL certificate's name contains embedded null",
      'db1',
      certificate('x', 'DNS:"db1\\u0000.evil.example"'),
    ],
  ])('complains: %s', (complaint, host, cert) => {
    expect(verifyHostName(host, cert)?.message).toBe(complaint);
  });

  it.each([
    ['db.example.test', 'd*.example.test'],
    ['db.example.test', '*b.example.test'],
    ['db.example.test', '*db.example.test'],
    ['db.example.test', 'db.*.test'],
    ['db.example.test', '*.test'],
    ['example.test', '*.example.test'],
    ['.example.test', '*..example.test'],
    ['a.b.example.test', '*.example.test'],
    ['a.b.example.test', '*.b.*.test'],
    ['test', '*'],
    ['db.test', '*'],
    ['a', '*.'],
    ['xdb.example.test', '*b.example.test'],
    ['127.0.0.1', '*.0.0.2'],
  ])('does not take for %s a certificate for %s', (host, name) => {
    expect(verifyHostName(host, certificate('x', `DNS:${name}`))?.message).toContain('does not match host');
  });
});
