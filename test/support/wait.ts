/**
 * Waiting with a time limit.
 */

import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Calls a function until it returns neither false nor undefined, and returns that value. Throws when the time is up,
 * with what was waited for.
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
