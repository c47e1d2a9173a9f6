/** System errors in the words of strerror(3), which PostgreSQL's messages use too. */

import { getSystemErrorMap } from 'node:util';

/** The reason of a failed system call: "No space left on device". Any other error says what it has to say. */
export function systemErrorText(error: unknown): string {
  const { errno, message = String(error) } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  const [, text] = (errno === undefined ? undefined : getSystemErrorMap().get(errno)) ?? [];
  return text === undefined ? message : text.charAt(0).toUpperCase() + text.slice(1);
}
