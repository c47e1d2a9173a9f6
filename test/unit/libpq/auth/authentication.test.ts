/** The guard of the authentication exchange: what a server may ask for, and what it must not get by with. */

import { describe, expect, it } from 'vitest';
import { AuthenticationGuard, type ServerMessage } from '../../../../lib/libpq/auth/authentication.ts';
import { parseRequireAuth } from '../../../../lib/libpq/conninfo/require-auth.ts';
import type { ChannelBinding } from '../../../../lib/libpq/conninfo/settings.ts';

const PLUS = 'SCRAM-SHA-256-PLUS';
const PLAIN = 'SCRAM-SHA-256';

const cleartext: ServerMessage = { name: 'authenticationCleartextPassword' };
const md5: ServerMessage = { name: 'authenticationMD5Password' };
const going: ServerMessage = { name: 'authenticationSASLContinue', data: 'r=x,s=c2FsdA==,i=4096' };
const final: ServerMessage = { name: 'authenticationSASLFinal' };
const ok: ServerMessage = { name: 'authenticationOk' };
const sasl = (...mechanisms: string[]): ServerMessage => ({ name: 'authenticationSASL', mechanisms });

interface Exchange {
  readonly binding?: ChannelBinding;
  readonly requireAuth?: string;
  readonly encrypted?: boolean;
  readonly chosen?: string;
  readonly messages: readonly ServerMessage[];
}

function run({ binding = 'prefer', requireAuth, encrypted = false, chosen, messages }: Exchange): void {
  const required = requireAuth === undefined ? undefined : parseRequireAuth(requireAuth);
  const guard = new AuthenticationGuard(binding, required, encrypted);
  for (const message of messages) {
    guard.check(message);
    if (message.mechanisms) guard.chose(chosen ?? PLAIN);
    if (message.name === going.name) guard.proved();
  }
}

describe('AuthenticationGuard', () => {
  it.each<[name: string, exchange: Exchange]>([
    ['no question', { messages: [ok] }],
    ['a password', { messages: [cleartext, ok] }],
    ['a hashed password', { messages: [md5, ok] }],
    ['SCRAM', { messages: [sasl(PLAIN), going, final, ok] }],
    ['SCRAM that is required', { requireAuth: 'scram-sha-256', messages: [sasl(PLAIN), going, final, ok] }],
    ['no question where that is allowed', { requireAuth: 'md5,none', messages: [ok] }],
    [
      'channel binding that is required',
      { binding: 'require', encrypted: true, chosen: PLUS, messages: [sasl(PLUS, PLAIN), going, final, ok] },
    ],
    ['a mechanism of the future beside SCRAM', { messages: [sasl('OAUTHBEARER', PLAIN), going, final, ok] }],
    ['other messages', { messages: [ok, { name: 'parameterStatus' }, { name: 'readyForQuery' }] }],
  ])('lets pass: %s', (_name, exchange) => {
    expect(() => run(exchange)).not.toThrow();
  });

  it.each<[complaint: string, exchange: Exchange]>([
    [
      'authentication method requirement "scram-sha-256" failed: server requested a cleartext password',
      { requireAuth: 'scram-sha-256', messages: [cleartext] },
    ],
    [
      'authentication method requirement "!md5" failed: server requested a hashed password',
      { requireAuth: '!md5', messages: [md5] },
    ],
    [
      'authentication method requirement "md5" failed: server requested SASL authentication',
      { requireAuth: 'md5', messages: [sasl(PLAIN)] },
    ],
    [
      'authentication method requirement "md5" failed: server did not complete authentication',
      { requireAuth: 'md5', messages: [ok] },
    ],
    ['server did not complete authentication', { messages: [sasl(PLAIN), ok] }],
    [
      "channel binding required but not supported by server's authentication request",
      { binding: 'require', encrypted: true, messages: [cleartext] },
    ],
    [
      'channel binding required, but server authenticated client without channel binding',
      { binding: 'require', encrypted: true, messages: [ok] },
    ],
    [
      'channel binding required, but server authenticated client without channel binding',
      { binding: 'require', encrypted: true, chosen: PLAIN, messages: [sasl(PLUS, PLAIN), going, final, ok] },
    ],
    ['channel binding required, but SSL not in use', { binding: 'require', messages: [sasl(PLAIN)] }],
    [
      'channel binding is required, but server did not offer an authentication method that supports channel binding',
      { binding: 'require', encrypted: true, messages: [sasl(PLAIN)] },
    ],
    [
      'server offered SCRAM-SHA-256-PLUS authentication over a non-SSL connection',
      { messages: [sasl(PLUS, PLAIN)] },
    ],
    ['server requested a cleartext password in the middle', { messages: [sasl(PLAIN), cleartext] }],
    ['server requested a cleartext password in the middle', { messages: [sasl(PLAIN), going, cleartext] }],
    ['server requested a cleartext password in the middle', { messages: [md5, cleartext] }],
    ['server requested a hashed password in the middle', { messages: [md5, md5] }],
    ['server requested SASL authentication in the middle', { messages: [sasl(PLAIN), going, sasl(PLAIN)] }],
    ['received authentication request out of order', { messages: [going] }],
    ['received authentication request out of order', { messages: [final] }],
    ['received authentication request out of order', { messages: [sasl(PLAIN), final] }],
    ['received authentication request out of order', { messages: [sasl(PLAIN), going, going] }],
    [
      'server requires 2147483648 iterations of SCRAM, which is more than the limit of 1000000',
      { messages: [sasl(PLAIN), { ...going, data: 'r=x,s=c2FsdA==,i=2147483648' }] },
    ],
    [
      "none of the server's SASL authentication mechanisms are supported",
      { messages: [sasl('OAUTHBEARER')] },
    ],
  ])('stops: %s', (complaint, exchange) => {
    expect(() => run(exchange)).toThrow(complaint);
  });

  it('lets channel binding be used over TLS, unless it is disabled', () => {
    expect(new AuthenticationGuard('prefer', undefined, true).mayBind).toBe(true);
    expect(new AuthenticationGuard('prefer', undefined, false).mayBind).toBe(false);
    expect(new AuthenticationGuard('disable', undefined, true).mayBind).toBe(false);
  });
});
