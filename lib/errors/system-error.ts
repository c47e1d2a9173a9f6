/** System errors in the words of strerror(3), which PostgreSQL's messages use too. */

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

const { errno: ERRNO } = constants;

/** Where libuv, which Node.js takes its words from, has others than the C library, or none. */
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

/** The reason of a failed system call: "No space left on device". Any other error says what it has to say. */
export function systemErrorText(error: unknown): string {
  const { errno, message = String(error) } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (errno === undefined) return message;
  const [, text = message] = getSystemErrorMap().get(errno) ?? [];
  return STRERROR.get(-errno) ?? text.charAt(0).toUpperCase() + text.slice(1);
}
