/**
 * Finds a TCP port of the loopback interface on which nobody listens at the moment.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Finds a free port by letting the kernel choose one. */
export async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
