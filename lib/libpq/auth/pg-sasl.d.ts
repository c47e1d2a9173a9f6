/** The parts of pg's SASL that are used here; pg has no types for them. */

declare module 'pg/lib/crypto/sasl.js' {
  /** One exchange. */
  export interface SaslSession {
    readonly clientNonce: string;
    /** What goes to the server next. */
    response: string;
    /** The signature by which the server has to prove itself. */
    serverSignature: string;
  }
  /** Answers the server's challenge for a password, which is normalized. Throws for an invalid challenge. */
  export function continueSession(
    session: SaslSession,
    password: string,
    challenge: string,
    stream: unknown,
  ): Promise<void>;
}
