/**
 * Waiting, always with an end.
 */

import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Asks again and again until the answer is neither false nor undefined, and returns it. After the time given
 * it throws an error that says what was waited for.
 */
export async function untilTrue<T>(
  what: string,
  ask: () => T | false | undefined | Promise<T | false | undefined>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await sleep(POLL_MS);
  }
}
