/**
 * Sends signals to a running tool, and checks how soon it ends.
 */

import { expect } from 'vitest';
import type { Finished, Running } from '../../support/run.ts';

/** The signals that stop a tool, and the exit status that a shell reports for each. */
export const STOPPING = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

/** A tool must stop within a second. The rest is for a machine that is busy with other tests. */
const SERVED_WITHIN_MS = 1000 + 2000;

/** Sends a signal and checks that the process ends soon. */
export async function stop({ process, finished }: Running, signal: NodeJS.Signals): Promise<Finished> {
  const sent = performance.now();
  process.kill(signal);
  const end = await finished;
  expect(performance.now() - sent).toBeLessThan(SERVED_WITHIN_MS);
  return end;
}
