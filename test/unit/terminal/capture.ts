/** What the code under test writes to standard error, for tests that mock node:fs. */

import { writeSync } from 'node:fs';
import { vi } from 'vitest';

/** All of it since the last call, in one piece. */
export function takeErrors(): string {
  const calls = vi.mocked(writeSync).mock.calls;
  const text = calls.map(([fd, bytes]) => (fd === 2 ? String(bytes) : '')).join('');
  vi.mocked(writeSync).mockClear();
  return text;
}
