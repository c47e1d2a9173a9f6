/**
 * CancelRequest (manual, "Canceling Requests in Progress"): a connection of its own to the same endpoint, over TLS if
 * the session is. It names the session by its key, and the server answers by closing the connection.
 */

import { systemErrorText } from '../../errors/system-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { AuthenticationGuard } from '../auth/authentication.ts';
import { Wire, type WireOptions } from './wire.ts';

/**
 * The caller is about to exit, within a second. A server that was not reached by then notices that the connection
 * closes.
 */
const TIMEOUT_MS = 900;

/** Sends the request and waits until the server has taken it. */
export async function requestCancel(
  options: WireOptions,
  key: { readonly processId: number; readonly secretKey: number },
): Promise<void> {
  const wire = new Wire(options, new AuthenticationGuard('disable', undefined, options.tls !== undefined));
  const timer = setTimeout(() => wire.stream.destroy(new TroubleError('timeout expired')), TIMEOUT_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      const send = (): void => wire.cancel(key.processId, key.secretKey);
      wire.once('connect', () => {
        if (!options.tls) send();
        else if (!options.tls.direct) wire.requestSsl();
      });
      wire.once('sslconnect', () => wire.whenSecure(send));
      wire.on('error', reject);
      wire.once('end', resolve);
      wire.connect();
    });
  } catch (error) {
    throw new TroubleError(`could not send cancel request: ${systemErrorText(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    wire.stream.destroy();
  }
}
