/**
 * Sockets in Linux's abstract namespace (unix(7)): a name is a zero byte and any number of bytes after it. Node.js pads
 * names with zero bytes, which makes them other names. So the C library connects, and Node.js gets the descriptor.
 */

import type { Socket, SocketConstructorOpts } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { loadKoffi, loadLibc } from './koffi.ts';

const AF_UNIX = 1;
/** SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC. */
const STREAM = 0o1 | 0o4000 | 0o2000000;

/**
 * Connects to the name, which begins with its zero byte, and makes a socket of the descriptor. The connect() of that
 * socket does nothing but emit 'connect'. Throws the system's errors, and those of loadLibc().
 */
export function connectAbstract(name: string, make: (options: SocketConstructorOpts) => Socket): Socket {
  const socket = make({ fd: connectedDescriptor(name), readable: true, writable: true });
  socket.connect = () => {
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  return socket;
}

function connectedDescriptor(name: string): number {
  const koffi = loadKoffi();
  const libc = loadLibc();
  const open = libc.func('int socket(int domain, int type, int protocol)');
  const connect = libc.func('int connect(int fd, const void *address, uint32_t length)');
  const close = libc.func('int close(int fd)');
  const address = Buffer.concat([new Uint8Array(new Uint16Array([AF_UNIX]).buffer), Buffer.from(name)]);
  const fd: number = open(AF_UNIX, STREAM, 0);
  if (fd < 0) throw systemError('socket', koffi.errno());
  if (connect(fd, address, address.length) === 0) return fd;
  const error = systemError('connect', koffi.errno());
  close(fd);
  throw error;
}

/** The error that Node.js would make. To be called before the next system call, which may change errno. */
function systemError(syscall: string, errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${syscall} ${code}`), { errno: -errno, code, syscall });
}
