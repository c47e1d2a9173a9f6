/**
 * `pg`'s client with passwords prepared as PostgreSQL prepares them.
 *
 * `pg` maps and normalizes every password for SCRAM. That does not change a password that is prepared already, but it
 * would change one that must be used unchanged. For such a password `pg` still does the exchange, with all checks of
 * the server's messages; only the values that depend on the password are computed again here (RFC 5802, section 3).
 */

import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import pg from 'pg';
import { continueSession, type SaslSession } from 'pg/lib/crypto/sasl.js';
import { saslprep } from './saslprep.ts';

const HASH = 'sha256';
const KEY_BYTES = 32;

const deriveKey = promisify(pbkdf2);

/** The parts of pg.Client that are used here, which @types/pg leaves out. */
interface PgClient extends pg.Client {
  readonly connection: pg.Connection & { sendSCRAMClientFinalMessage(response: string): void };
  saslSession: SaslSession;
  enableChannelBinding: boolean;
  _handleAuthSASLContinue(message: { data: string }): Promise<void>;
}

const PgClient = pg.Client as unknown as new (config: pg.ClientConfig) => PgClient;

/** A client for one connection. */
export class ScramClient extends PgClient {
  /** Answers the server's challenge. */
  override async _handleAuthSASLContinue({ data }: { data: string }): Promise<void> {
    const { saslSession: session, connection, password = '', enableChannelBinding } = this;
    try {
      const prepared = saslprep(password);
      await continueSession(session, prepared ?? password, data, enableChannelBinding && connection.stream);
      if (prepared === undefined) Object.assign(session, await answer(session, data, password));
      connection.sendSCRAMClientFinalMessage(session.response);
    } catch (error) {
      connection.emit('error', error);
    }
  }
}

/** The answer to a challenge, and the signature that the server has to send, for the unchanged password. */
export async function answer(
  { clientNonce, response }: SaslSession,
  challenge: string,
  password: string,
): Promise<Pick<SaslSession, 'response' | 'serverSignature'>> {
  const [withoutProof = ''] = /^.*(?=,p=)/.exec(response) ?? [];
  const [, nonce = '', salt = '', iterations = ''] = /^(r=[^,]*),s=([^,]*),i=(\d+)/.exec(challenge) ?? [];
  const exchange = `n=*,r=${clientNonce},${nonce},s=${salt},i=${iterations},${withoutProof}`;
  const salted = await deriveKey(password, Buffer.from(salt, 'base64'), Number(iterations), KEY_BYTES, HASH);
  const clientKey = hmac(salted, 'Client Key');
  const signature = hmac(createHash(HASH).update(clientKey).digest(), exchange);
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
  return {
    response: `${withoutProof},p=${Buffer.from(proof).toString('base64')}`,
    serverSignature: hmac(hmac(salted, 'Server Key'), exchange).toString('base64'),
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac(HASH, key).update(text).digest();
}
