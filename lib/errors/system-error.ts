/** System errors in the words of strerror(3), which PostgreSQL's messages use too. */

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

const { errno: ERRNO } = constants;

/** Texts that differ in libuv, from which Node.js takes its own, or are missing there. */
const STRERROR: ReadonlyMap<number, string> = new Map([
  [ERRNO.EADDRNOTAVAIL, 'Cannot assign requested address'],
  [ERRNO.EBUSY, 'Device or resource busy'],
  [ERRNO.EDQUOT, 'Disk quota exceeded'],
  [ERRNO.EEXIST, 'File exists'],
  [ERRNO.EHOSTUNREACH, 'No route to host'],
  [ERRNO.EIO, 'Input/output error'],
  [ERRNO.EISDIR, 'Is a directory'],
  [ERRNO.ELOOP, 'Too many levels of symbolic links'],
  [ERRNO.ENAMETOOLONG, 'File name too long'],
  [ERRNO.ENFILE, 'Too many open files in system'],
  [ERRNO.ENOMEM, 'Cannot allocate memory'],
  [ERRNO.EXDEV, 'Invalid cross-device link'],
]);

/** The reason of a failed system call: "No space left on device". Of any other error, its own message. */
export function systemErrorText(error: unknown): string {
  const { errno, message = String(error) } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (errno === undefined) return message;
  const [, text = message] = getSystemErrorMap().get(errno) ?? [];
  return STRERROR.get(-errno) ?? text.charAt(0).toUpperCase() + text.slice(1);
}
