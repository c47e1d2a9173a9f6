/**
 * Passwords that SASLprep changes or refuses: the server prepares them when the role is created, and our result at
 * login must be the same.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../support/auth-cluster.ts';
import { Cluster } from '../support/cluster.ts';
import { servers } from '../support/servers.ts';

/** By default, only the same password may log in. */
interface Row {
  readonly name: string;
  readonly password: string;
  /** Another spelling that must be the same password. */
  readonly typed?: string;
}

const ROWS: readonly Row[] = [
  { name: 'an umlaut', password: 'wörd' },
  { name: 'an umlaut that is typed as two characters', password: 'wörd', typed: 'wo\u0308rd' },
  { name: 'an umlaut that was set as two characters', password: 'wo\u0308rd', typed: 'wörd' },
  { name: 'compatibility forms', password: 'Ⅸﬁ', typed: 'IXfi' },
  { name: 'spaces of other kinds', password: 'a\u00a0b\u200bc', typed: 'a b c' },
  { name: 'a soft hyphen', password: 'a\u00adb', typed: 'ab' },
  { name: 'an emoji', password: 'pass😀' },
  { name: 'an emoji and a composed character', password: '😀wörd' },
  { name: 'an emoji and a decomposed character', password: '😀wo\u0308rd' },
  { name: 'an emoji with a variation selector', password: '❤️😀' },
  { name: 'a family', password: '👨‍👩‍👧' },
  { name: 'an emoji and compatibility forms', password: '😀ﬁ\u00a0Ⅸ\u00ad' },
  { name: 'a newer letter with a compatibility form', password: 'a\u2c7c' },
  { name: 'a control character and an umlaut', password: 'a\tö' },
  { name: 'a control character and a decomposed umlaut', password: 'a\to\u0308' },
  { name: 'a private character', password: '\ue000ﬁ' },
  { name: 'a deprecated tone mark', password: 'a\u0340' },
  { name: 'an interlinear annotation', password: '\ufff9ﬁ' },
  { name: 'right to left', password: '\u0627\u0644\u0627' },
  { name: 'right to left in a presentation form', password: '\ufe8d', typed: '\u0627' },
  { name: 'mixed directions', password: '\u0627ﬁ\u0644' },
  { name: 'right to left that ends with a digit', password: '\ufe8d1' },
  { name: 'an alef symbol among letters', password: 'a\u2135' },
  { name: 'nothing but soft hyphens', password: '\u00ad\u00ad' },
];

describe.each(servers())('PostgreSQL $version', (server) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({
      server,
      tcp: true,
      hba: ['host replication all 127.0.0.1/32 scram-sha-256'],
      settings: { password_encryption: 'scram-sha-256' },
    });
    await cluster.start();
    for (const [index, { password }] of ROWS.entries()) {
      await cluster.query(`CREATE ROLE u${index} LOGIN REPLICATION PASSWORD '${password}'`);
    }
  });

  afterAll(() => cluster?.dispose());

  it.each(ROWS.map((row, index) => ({ ...row, user: `u${index}` })))(
    'lets in with $name',
    async ({ user, password, typed = password }) => {
      for (const each of new Set([password, typed])) expect(await logIn(user, each)).toBeUndefined();
      expect(await logIn(user, `${password}x`)).toContain('password authentication failed');
    },
  );

  /** The complaint, if there is one. */
  async function logIn(user: string, password: string): Promise<string | undefined> {
    const conninfo = `host=127.0.0.1 port=${cluster.port} user=${user} sslmode=disable`;
    const { connection, error } = await visit({ conninfo, env: { PGPASSWORD: password } });
    await connection?.close();
    return error?.message;
  }
});
