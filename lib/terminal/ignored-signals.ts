/**
 * Signals that were ignored when the tool was started, as nohup(1) ignores SIGHUP, and a shell without job control
 * SIGINT and SIGQUIT for what runs in the background: they stay ignored, for us and for the programs that we start.
 *
 * Node.js resets all signal actions when it starts, and again for its children. So the first lines of each tool in
 * dist/, which run in the shell (build.mjs), look up the ignored signals before Node.js starts, and pass them on in an
 * environment variable, as proc(5) has them: a bit mask in hexadecimal.
 */

import { constants } from 'node:os';

const VARIABLE = 'BB_IGNORED_SIGNALS';
/** Signals that end a process, and that are ignored in practice. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/** Handles a signal that is ignored. That a signal has this listener says that it is. */
const ignore = () => {};

/** To be called first of all. Ignores what was ignored, and removes the variable, so that no child inherits it. */
export function keepIgnoring(env: NodeJS.ProcessEnv = process.env): void {
  for (const signal of parseIgnored(env[VARIABLE])) {
    if (!isIgnored(signal)) process.on(signal, ignore);
  }
  delete env[VARIABLE];
}

/** Whether a signal is ignored. */
export function isIgnored(signal: NodeJS.Signals): boolean {
  return process.listeners(signal).includes(ignore);
}

/** A command for the shell that ignores what we ignore. */
export function ignoringToo(command: string): string {
  const names = SIGNALS.filter(isIgnored).map((signal) => signal.slice('SIG'.length));
  return names.length === 0 ? command : `trap '' ${names.join(' ')}; ${command}`;
}

/** Reads the mask. Bash as sh ignores SIGQUIT for itself, so that this counts only if SIGINT is ignored as well. */
export function parseIgnored(mask: string | undefined): NodeJS.Signals[] {
  const bits = /^[0-9a-f]{1,16}$/.test(mask ?? '') ? BigInt(`0x${mask}`) : 0n;
  const has = (signal: (typeof SIGNALS)[number]): boolean =>
    ((bits >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
  return SIGNALS.filter((signal) => has(signal) && (signal !== 'SIGQUIT' || has('SIGINT')));
}
