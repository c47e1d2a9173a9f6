/**
 * Errors of TLS in libpq's words (fe-secure-openssl.c): "SSL error: " and the reason that OpenSSL gives,
 * without its codes, libraries and source lines.
 */

/** Codes of Node.js for certificates that do not verify, X509_V_ERR_* without the prefix. */
const VERIFY_CODE =
  /^(UNABLE_TO|CERT|CRL|ERROR_IN|DEPTH_ZERO|SELF_SIGNED|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME)_?/;

/** Whether OpenSSL, or the check of a certificate, failed. */
export function isTlsError(error: NodeJS.ErrnoException): boolean {
  return /^ERR_O?SSL_/.test(error.code ?? '') || VERIFY_CODE.test(error.code ?? '');
}

/** Says what failed. A certificate that does not verify is told why, which libpq leaves out. */
export function tlsFailureText(error: NodeJS.ErrnoException): string {
  return VERIFY_CODE.test(error.code ?? '')
    ? `SSL error: certificate verify failed: ${error.message}`
    : `SSL error: ${tlsReason(error)}`;
}

/** What OpenSSL has to say about an error. */
export function tlsReason(error: unknown): string {
  const { reason, message } = error as Error & { reason?: string };
  return reason ?? message;
}
