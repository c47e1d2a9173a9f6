/**
 * Large pipes: Linux gives a pipe 64 KiB, which makes it the bottleneck of every pipeline; a process may
 * raise that to /proc/sys/fs/pipe-max-size, 1 MiB unless the administrator says otherwise (fcntl(2),
 * F_SETPIPE_SZ). koffi makes the call; where it is missing, or the kernel refuses, the pipe stays as it is.
 */

import { loadLibc } from './koffi.ts';

const F_SETPIPE_SZ = 1031;
const PIPE_BYTES = 1024 * 1024;

/** Enlarges the pipe of this descriptor to 1 MiB if possible. Never fails: a small pipe works too. */
export function enlargePipe(fd: number): void {
  if (process.platform !== 'linux') return;
  try {
    const fcntl = loadLibc().func('int fcntl(int fd, int command, ...)');
    fcntl(fd, F_SETPIPE_SZ, 'int', PIPE_BYTES);
  } catch {
    // koffi is not installed, or this is another C library (musl): the pipe stays as it is.
  }
}
