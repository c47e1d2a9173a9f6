/**
 * Options of TCP that Node.js cannot set: how often a silent peer is asked whether it is still there, and how long
 * what was sent may stay unacknowledged (tcp(7)). koffi makes the calls, on Linux.
 */

import type { Socket } from 'node:net';
import { systemErrorText } from '../errors/system-error.ts';
import { loadKoffi, loadLibc } from './koffi.ts';

const IPPROTO_TCP = 6;
const INT_BYTES = 4;
const OPTIONS = { TCP_KEEPINTVL: 5, TCP_KEEPCNT: 6, TCP_USER_TIMEOUT: 18 } as const;

/** Values by name; 0 leaves the system's. */
export type TcpOptions = Readonly<Record<keyof typeof OPTIONS, number>>;

/** Sets the options of a connected socket. Throws an error that says which could not be set, and why. */
export function setTcpOptions(socket: Socket, values: TcpOptions): void {
  for (const [name, value] of Object.entries(values)) {
    if (value > 0) setOption(socket, name as keyof TcpOptions, value);
  }
}

function setOption(socket: Socket, name: keyof TcpOptions, value: number): void {
  const { fd = -1 } = (socket as unknown as { _handle?: { fd?: number } })._handle ?? {};
  const { setsockopt, errno } = loadCalls(name);
  if (setsockopt(fd, IPPROTO_TCP, OPTIONS[name], [value], INT_BYTES) === 0) return;
  throw new Error(`could not set ${name}: ${systemErrorText({ errno: -errno() })}`);
}

function loadCalls(name: string) {
  try {
    const setsockopt = loadLibc().func(
      'int setsockopt(int fd, int level, int name, const int *value, uint32_t length)',
    );
    return { setsockopt, errno: loadKoffi().errno };
  } catch (error) {
    throw new Error(`could not set ${name}: package koffi cannot be used`, { cause: error });
  }
}
