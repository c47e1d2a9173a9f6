/**
 * Watches over the authentication exchange: nothing is answered that the user has not allowed.
 *
 * Comes in: every message of the server before it reaches `pg`, and the SASL mechanism that `pg` chose. Throws
 * when the server asks for a method that require_auth excludes, lets us in unasked, or gets by without
 * the channel binding that was required. The rules and the wording are those of check_expected_areq and
 * pg_SASL_init in libpq's fe-auth.c.
 */

import { TroubleError } from '../cli/trouble.ts';
import type { AuthMethod, RequiredAuth } from './require-auth.ts';
import type { ChannelBinding } from './settings.ts';

const PLAIN_MECHANISM = 'SCRAM-SHA-256';
const BINDING_MECHANISM = 'SCRAM-SHA-256-PLUS';

/** What a server's request stands for, by pg-protocol's name of the message. */
const REQUESTS: Readonly<Record<string, { method: AuthMethod; description: string }>> = {
  authenticationCleartextPassword: {
    method: 'password',
    description: 'server requested a cleartext password',
  },
  authenticationMD5Password: { method: 'md5', description: 'server requested a hashed password' },
  authenticationSASL: { method: 'scram-sha-256', description: 'server requested SASL authentication' },
};

/** A message of the server; those that begin SASL carry the mechanisms on offer. */
export interface ServerMessage {
  readonly name: string;
  readonly mechanisms?: readonly string[];
}

/** One authentication exchange on one connection. */
export class AuthenticationGuard {
  readonly #channelBinding: ChannelBinding;
  readonly #requireAuth: RequiredAuth | undefined;
  readonly #encrypted: boolean;
  #requested = false;
  #mechanism: string | undefined;
  /** Whether the server proved that it knows the password, which ends a SASL exchange. */
  #serverProved = false;

  constructor(channelBinding: ChannelBinding, requireAuth: RequiredAuth | undefined, encrypted: boolean) {
    this.#channelBinding = channelBinding;
    this.#requireAuth = requireAuth;
    this.#encrypted = encrypted;
  }

  /** Whether `pg` is to use channel binding where the server offers it. */
  get mayBind(): boolean {
    return this.#encrypted && this.#channelBinding !== 'disable';
  }

  /** Notes the SASL mechanism that was chosen. */
  chose(mechanism: string): void {
    this.#mechanism = mechanism;
  }

  /** Checks a message; anything but authentication passes. */
  check(message: ServerMessage): void {
    const request = REQUESTS[message.name];
    if (request) this.#checkRequest(request.method, request.description);
    if (message.name === 'authenticationSASL') this.#checkMechanisms(message.mechanisms ?? []);
    if (message.name === 'authenticationSASLFinal') this.#serverProved = true;
    if (message.name === 'authenticationOk') this.#checkEnd();
  }

  #checkRequest(method: AuthMethod, description: string): void {
    this.#requested = true;
    if (this.#requireAuth && !this.#requireAuth.allowed.has(method)) this.#refuse(description);
    if (this.#channelBinding === 'require' && method !== 'scram-sha-256') {
      throw new TroubleError("channel binding required but not supported by server's authentication request");
    }
  }

  #checkMechanisms(offered: readonly string[]): void {
    const binding = offered.includes(BINDING_MECHANISM);
    if (this.#channelBinding === 'require' && !this.#encrypted) {
      throw new TroubleError('channel binding required, but SSL not in use');
    }
    if (binding && !this.#encrypted) {
      throw new TroubleError('server offered SCRAM-SHA-256-PLUS authentication over a non-SSL connection');
    }
    if (!binding && !offered.includes(PLAIN_MECHANISM)) {
      throw new TroubleError("none of the server's SASL authentication mechanisms are supported");
    }
    if (this.#channelBinding === 'require' && !binding) {
      throw new TroubleError(
        'channel binding is required, but server did not offer an authentication method' +
          ' that supports channel binding',
      );
    }
  }

  #checkEnd(): void {
    if (this.#requireAuth && !this.#requested && !this.#requireAuth.allowed.has('none')) {
      this.#refuse('server did not complete authentication');
    }
    if (this.#mechanism !== undefined && !this.#serverProved) {
      throw new TroubleError('server did not complete authentication');
    }
    if (this.#channelBinding === 'require' && this.#mechanism !== BINDING_MECHANISM) {
      throw new TroubleError(
        'channel binding required, but server authenticated client without channel binding',
      );
    }
  }

  #refuse(reason: string): never {
    throw new TroubleError(
      `authentication method requirement "${this.#requireAuth?.text}" failed: ${reason}`,
    );
  }
}
