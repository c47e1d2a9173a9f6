/**
 * Asks for a password on the terminal of the session, /dev/tty, since standard input and output carry backups. Nothing
 * typed is shown. The terminal's mode is restored however the prompt ends: an answer, an end of file, an interrupt key,
 * a signal, an exit.
 */

import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { systemErrorText } from '../../errors/system-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { isIgnored } from '../../terminal/ignored-signals.ts';
import { text } from '../../terminal/text.ts';
import { LineEditor } from './line-editor.ts';

const TERMINAL = '/dev/tty';
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Shows the prompt and reads one line without echo. Throws TroubleError where there is no terminal. */
export async function promptForPassword(prompt: string): Promise<string> {
  const output = openTerminal();
  const input = new ReadStream(openTerminal());
  const restoring = restoreAtTheEnd(input);
  let line: string | undefined;
  try {
    input.setRawMode(true);
    writeSync(output, String(text`${prompt}`));
    line = await readLine(input);
  } finally {
    restoring.finish();
    writeSync(output, '\n');
    input.destroy();
    closeSync(output);
  }
  return line ?? (await interrupt());
}

/** Restores the terminal even if the process is ended meanwhile. */
function restoreAtTheEnd(input: ReadStream): { finish: () => void } {
  const restore = (): void => {
    input.setRawMode(false);
  };
  const signals = SIGNALS.filter((signal) => !isIgnored(signal));
  // Without another listener the signal would have killed us, and still should.
  const fatal = signals.filter((signal) => process.listenerCount(signal) === 0);
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    finish();
    if (fatal.includes(signal)) process.kill(process.pid, signal);
  };
  const finish = (): void => {
    restore();
    process.removeListener('exit', restore);
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  process.once('exit', restore);
  for (const signal of signals) process.once(signal, onSignal);
  return { finish };
}

/** Does what the interrupt key does outside of raw mode, and waits until the listeners of the signal have run. */
async function interrupt(): Promise<never> {
  const heard = process.listenerCount('SIGINT') > 0 ? once(process, 'SIGINT') : undefined;
  process.kill(process.pid, 'SIGINT');
  await heard;
  throw new TroubleError('password prompt was interrupted');
}

function openTerminal(): number {
  try {
    return openSync(TERMINAL, 'r+');
  } catch (error) {
    throw new TroubleError(`could not open terminal to ask for a password: ${systemErrorText(error)}`, {
      hint: 'Put the password into a password file or into PGPASSWORD.',
      cause: error,
    });
  }
}

/** Reads up to the enter key or the end of file; undefined after the interrupt key. */
async function readLine(input: ReadStream): Promise<string | undefined> {
  const editor = new LineEditor();
  // The terminal must outlive the loop: a closed one cannot be put back.
  for await (const bytes of input.iterator({ destroyOnReturn: false })) {
    const outcome = editor.type(String(bytes));
    if (outcome === 'interrupted') return undefined;
    if (outcome === 'entered') break;
  }
  return editor.text;
}
