/**
 * Signals: the first SIGINT, SIGTERM or SIGHUP asks the tool to stop, clean up and then die by that signal, as
 * its parent expects; a second one kills at once. One that was ignored when the tool was started stays ignored.
 * SIGUSR1 asks for a line of progress.
 */

import { isIgnored } from './ignored-signals.ts';

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type StoppingSignal = (typeof STOPPING)[number];

/** Work was given up because of a signal. */
export class InterruptedError extends Error {
  readonly signal: StoppingSignal;

  constructor(signal: StoppingSignal) {
    super(`interrupted by ${signal}`);
    this.name = 'InterruptedError';
    this.signal = signal;
  }
}

/** An AbortSignal that fires, with an InterruptedError as its reason, when one of the stopping signals comes. */
export function stoppingSignal(): AbortSignal {
  const controller = new AbortController();
  const stopping = STOPPING.filter((signal) => !isIgnored(signal));
  for (const signal of stopping) {
    process.once(signal, () => {
      for (const other of stopping) process.removeAllListeners(other);
      controller.abort(new InterruptedError(signal));
    });
  }
  return controller.signal;
}

/**
 * Has SIGUSR1 answered so from now on, and in no other way. The listener stays when the work is done, while files are
 * flushed: without one, the signal ends the process.
 */
export function answerSigusr1(tell: () => void): void {
  process.removeAllListeners('SIGUSR1');
  process.on('SIGUSR1', tell);
}

/** Ends the process as if the signal had not been caught. */
export function dieBy(signal: StoppingSignal | 'SIGPIPE'): never {
  // Node.js ignores SIGPIPE from its start; adding and removing a listener puts the default action back.
  process.once(signal, () => {});
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  throw new Error(`${signal} did not end the process`);
}
