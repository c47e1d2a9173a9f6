/**
 * Watches over the authentication exchange, so that only requests that the user allows are answered.
 *
 * Comes in: every message of the server before it reaches `pg`, the SASL mechanism that `pg` chose, and that it has
 * sent its proof. Throws when the server asks for a method that require_auth excludes, asks twice or out of order,
 * wants more work than is reasonable, lets us in unasked, or gets by without the channel binding that was required.
 * The rules and the wording are those of check_expected_areq and pg_SASL_init in libpq's fe-auth.c; the order is
 * that of the manual's chapter "Frontend/Backend Protocol".
 *
 *   one request, then   password, md5:  ok
 *                       SASL:           our choice, continue, our proof, final, ok
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { AuthMethod, RequiredAuth } from '../conninfo/require-auth.ts';
import type { ChannelBinding } from '../conninfo/settings.ts';

const PLAIN_MECHANISM = 'SCRAM-SHA-256';
const BINDING_MECHANISM = 'SCRAM-SHA-256-PLUS';
/**
 * The most iterations of SCRAM that are computed, in about a second. libpq has no such limit, but can be interrupted;
 * here nothing stops the computation, and 2^31 iterations would take half an hour. The server's default is 4096.
 */
const MAX_SCRAM_ITERATIONS = 1_000_000;

/** The method that a server asks for, by pg-protocol's name of the message. */
const REQUESTS: Readonly<Record<string, { method: AuthMethod; description: string }>> = {
  authenticationCleartextPassword: {
    method: 'password',
    description: 'server requested a cleartext password',
  },
  authenticationMD5Password: { method: 'md5', description: 'server requested a hashed password' },
  authenticationSASL: { method: 'scram-sha-256', description: 'server requested SASL authentication' },
};

/** A message of the server. The one that begins SASL has the mechanisms on offer; those that continue it have data. */
export interface ServerMessage {
  readonly name: string;
  readonly mechanisms?: readonly string[];
  readonly data?: string;
}

/** What may come next: a request or the end; nothing but the end; or the next message of SASL. */
type Step = 'request' | 'end' | 'continue' | 'final';

/** One authentication exchange on one connection. */
export class AuthenticationGuard {
  readonly #channelBinding: ChannelBinding;
  readonly #requireAuth: RequiredAuth | undefined;
  readonly #encrypted: boolean;
  #requested = false;
  #step: Step = 'request';
  #mechanism: string | undefined;
  /** Whether the server proved that it knows the password, which ends a SASL exchange. */
  #serverProved = false;
  #sasl = false;

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
    this.#step = 'continue';
  }

  /** Notes that the server was sent the proof that we know the password. */
  proved(): void {
    this.#step = 'final';
  }

  /** Checks a message; anything but authentication passes. */
  check(message: ServerMessage): void {
    const request = REQUESTS[message.name];
    if (request) this.#checkRequest(request.method, request.description);
    if (message.name === 'authenticationSASL') this.#checkMechanisms(message.mechanisms ?? []);
    if (message.name === 'authenticationSASLContinue') this.#continue(message.data ?? '');
    if (message.name === 'authenticationSASLFinal') this.#final();
    if (message.name === 'authenticationOk') this.#checkEnd();
  }

  #take(step: Step): void {
    if (this.#step !== step) throw new TroubleError('received authentication request out of order');
    this.#step = 'end';
  }

  #checkRequest(method: AuthMethod, description: string): void {
    if (this.#step !== 'request') throw new TroubleError(`${description} in the middle of authentication`);
    this.#requested = true;
    this.#step = 'end';
    if (this.#requireAuth && !this.#requireAuth.allowed.has(method)) this.#refuse(description);
    if (this.#channelBinding === 'require' && method !== 'scram-sha-256') {
      throw new TroubleError("channel binding required but not supported by server's authentication request");
    }
  }

  #continue(data: string): void {
    this.#take('continue');
    checkIterations(data);
  }

  #final(): void {
    this.#take('final');
    this.#serverProved = true;
  }

  #checkMechanisms(offered: readonly string[]): void {
    this.#sasl = true;
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
    if (this.#sasl && !this.#serverProved) {
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

/** In the server's first message of SCRAM, `r=NONCE,s=SALT,i=ITERATIONS`; `pg` sees to the rest of it. */
function checkIterations(data: string): void {
  const iterations = /(?:^|,)i=(\d+)/.exec(data)?.[1];
  if (Number(iterations ?? 0) <= MAX_SCRAM_ITERATIONS) return;
  throw new TroubleError(
    `server requires ${iterations} iterations of SCRAM, which is more than the limit of ${MAX_SCRAM_ITERATIONS}`,
  );
}
