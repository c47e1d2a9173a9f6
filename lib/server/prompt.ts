/**
 * Asks for a password on the terminal of the session, /dev/tty, since standard input and output carry backups.
 * Nothing typed is shown. The terminal is put back as it was on every way out: an answer, an end of file, an
 * interrupt key, a signal, an exit.
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { TroubleError } from '../cli/trouble.ts';
import { systemErrorText } from '../io/system-error.ts';
import { LineEditor } from './line-editor.ts';

const TERMINAL = '/dev/tty';
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Shows the prompt and reads one line without echo. Throws TroubleError where there is no terminal. */
export async function promptForPassword(prompt: string): Promise<string> {
  const output = openTerminal();
  const input = new ReadStream(openTerminal());
  const restore = (): void => {
    input.setRawMode(false);
  };
  // Without another listener the signal would have killed us, and still should.
  const fatal = SIGNALS.filter((signal) => process.listenerCount(signal) === 0);
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    restore();
    removeListeners();
    if (fatal.includes(signal)) process.kill(process.pid, signal);
  };
  const removeListeners = (): void => {
    process.removeListener('exit', restore);
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  };
  process.once('exit', restore);
  for (const signal of SIGNALS) process.once(signal, onSignal);
  try {
    input.setRawMode(true);
    writeSync(output, prompt);
    return await readLine(input);
  } finally {
    restore();
    removeListeners();
    writeSync(output, '\n');
    input.destroy();
    closeSync(output);
  }
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

async function readLine(input: ReadStream): Promise<string> {
  const editor = new LineEditor();
  for await (const bytes of input) {
    const outcome = editor.type(String(bytes));
    if (outcome === 'entered') return editor.text;
    if (outcome === 'interrupted') {
      process.kill(process.pid, 'SIGINT');
      throw new TroubleError('password prompt was interrupted');
    }
  }
  return editor.text;
}
