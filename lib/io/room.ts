/**
 * How much can be written to a descriptor without waiting. A write of that much is best made right away, since handing
 * it to the thread pool and back costs as much as the write itself.
 *
 * A pipe holds a number of pages (pipe(7)). A write of at least a page leaves at most one of its pages in part
 * unused, and shorter ones share pages, so that n bytes take up at most 2n bytes' worth of pages and two more.
 */

import { fstatSync, statSync } from 'node:fs';
import { loadLibc } from './koffi.ts';

/** fcntl(2), ioctl_tty(2): the same numbers for all processors that Node.js runs on under Linux. */
const F_GETPIPE_SZ = 1032;
const FIONREAD = 0x541b;

/** Tells how many bytes can be written now without waiting. */
export type Room = () => number;

/** For a file or /dev/null there is no limit; for a pipe, what is free; for anything else 0, since it is not known. */
export function roomOf(fd: number): Room {
  const stat = fstatSync(fd);
  if (stat.isFile() || isNullDevice(stat.rdev)) return () => Number.POSITIVE_INFINITY;
  return (stat.isFIFO() ? pipeRoom(fd) : undefined) ?? (() => 0);
}

function isNullDevice(device: number): boolean {
  return device !== 0 && statSync('/dev/null', { throwIfNoEntry: false })?.rdev === device;
}

/** Undefined where the system cannot be asked. */
function pipeRoom(fd: number): Room | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const libc = loadLibc();
    const ioctl = libc.func('int ioctl(int fd, unsigned long request, ...)');
    const fcntl = libc.func('int fcntl(int fd, int command, ...)');
    const pageBytes = Number(libc.func('int getpagesize()')());
    const queued = new Int32Array(1);
    return () => {
      if (ioctl(fd, FIONREAD, 'int *', queued) !== 0) return 0;
      return Number(fcntl(fd, F_GETPIPE_SZ)) / 2 - pageBytes - (queued[0] ?? 0);
    };
  } catch {
    return undefined; // koffi is not installed, or this is another C library (musl)
  }
}
