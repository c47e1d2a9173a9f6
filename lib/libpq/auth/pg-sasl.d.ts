/** What is used of pg's SASL, which comes without types. */

declare module 'pg/lib/crypto/sasl.js' {
  /** One exchange. */
  export interface SaslSession {
    readonly clientNonce: string;
    /** What goes to the server next. */
    response: string;
    /** What the server has to prove itself by. */
    serverSignature: string;
  }
  /** Answers the server's challenge for a password, which is normalized. Throws for a challenge that is none. */
  export function continueSession(
    session: SaslSession,
    password: string,
    challenge: string,
    stream: unknown,
  ): Promise<void>;
}
