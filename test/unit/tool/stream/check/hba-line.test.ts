/** Lines for pg_hba.conf, from what the server says that it has no line for. */

import { describe, expect, it } from 'vitest';
import { missingHbaLine } from '../../../../../lib/tool/stream/check/hba-line.ts';

const said = (host: string, user: string, encryption: string) =>
  `no pg_hba.conf entry for replication connection from host "${host}", user "${user}", ${encryption}`;

describe('missingHbaLine', () => {
  it.each([
    [said('[local]', 'rep', 'no encryption'), 'local replication rep scram-sha-256'],
    [said('10.0.0.5', 'rep', 'no encryption'), 'host replication rep 10.0.0.5/32 scram-sha-256'],
    [said('10.0.0.5', 'rep', 'SSL encryption'), 'hostssl replication rep 10.0.0.5/32 scram-sha-256'],
    [said('10.0.0.5', 'rep', 'SSL on'), 'hostssl replication rep 10.0.0.5/32 scram-sha-256'],
    [said('10.0.0.5', 'rep', 'SSL off'), 'host replication rep 10.0.0.5/32 scram-sha-256'],
    [said('fe80::1%eth0', 'rep', 'no encryption'), 'host replication rep fe80::1/128 scram-sha-256'],
    [said('[local]', 'all', 'no encryption'), 'local replication "all" scram-sha-256'],
    [said('[local]', 'a b"c', 'no encryption'), 'local replication "a b""c" scram-sha-256'],
  ])('for %s', (message, line) => {
    expect(missingHbaLine(message)).toBe(line);
  });

  it.each([
    'pg_hba.conf rejects replication connection for host "10.0.0.5", user "rep", no encryption',
    'no pg_hba.conf entry for host "10.0.0.5", user "rep", database "postgres", no encryption',
    'password authentication failed for user "rep"',
  ])('is none for %s', (message) => {
    expect(missingHbaLine(message)).toBeUndefined();
  });
});
