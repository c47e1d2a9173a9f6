/**
 * A shell command that one file of a backup is written to. It has succeeded if it exits with 0 and has read all that
 * there was: with less, what it stored would be a file that is cut short.
 *
 * It has a process group of its own, so that a signal reaches all processes that it consists of. When it has to be
 * given up it is told so by a signal, and its input is closed only when it has gone: it would take the end of its
 * input for that of the file, and store a part as the whole.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { systemTrouble } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { Interruption } from '../../io/interruption.ts';
import { Pipe, ReaderGone } from '../../io/pipe.ts';
import { ignoringToo } from '../../terminal/ignored-signals.ts';

/** How long a command that was told to stop may take to clean up, and how long the system to end one for good. */
const GRACE_MS = 5000;
const KILL_MS = 1000;
const POLL_MS = 10;

/** What of our environment is none of the command's business: the one variable of bb that is secret itself. */
const SECRET = 'PGPASSWORD';

/** What the command finds in its environment about the file that it gets. */
export interface CommandVariables {
  /** The file's name, as in a backup in tar format. */
  readonly FILE: string;
  /** The archive's name; empty for the manifest. */
  readonly ARCHIVE: string;
  /** A tablespace's directory on the server and its OID; empty for the rest. */
  readonly LOCATION: string;
  readonly OID: string;
}

/** How a command ended, or did not even begin. */
type Ending =
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly unread: boolean }
  | { readonly error: Error };

/** One command. */
export class Command {
  readonly #line: string;
  readonly #file: string;
  readonly #pipe = new Pipe();
  readonly #child: ChildProcess;
  readonly #ending: Promise<Ending>;
  #complete = false;
  readonly #interruption = new Interruption();

  /** Starts it. Throws TroubleError if there is no pipe to be had; whether it has started is found out later. */
  constructor(line: string, variables: CommandVariables) {
    this.#line = line;
    this.#file = variables.FILE;
    this.#child = spawn('/bin/sh', ['-c', ignoringToo(line)], {
      stdio: [this.#pipe.reader, 'inherit', 'inherit'],
      detached: true,
      env: { ...process.env, [SECRET]: undefined, ...variables },
    });
    this.#pipe.closeReader();
    this.#ending = this.#watch();
  }

  /** Done when it, or the pipe to it, has taken all the bytes. Throws TroubleError if it has ended before. */
  async push(parts: readonly Buffer[]): Promise<void> {
    try {
      await this.#interruption.unlessInterrupted(this.#pipe.write(parts));
    } catch (error) {
      throw error instanceof ReaderGone ? this.#failure(await this.#ending) : error;
    }
  }

  /** Tells it that this was all, and waits for its end. Throws TroubleError if it has not succeeded. */
  async end(): Promise<void> {
    this.#complete = true;
    this.#pipe.end();
    const ending = await this.#interruption.unlessInterrupted(this.#ending);
    if ('error' in ending || ending.code !== 0 || ending.unread) throw this.#failure(ending);
  }

  /** Makes push() and end() throw this. */
  interrupt(reason: Error): void {
    this.#interruption.interrupt(reason);
  }

  /** Ends it, by this signal if it heeds it. No matter if it has ended already. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await this.#signalGroup(signal, GRACE_MS);
      await this.#signalGroup('SIGKILL', KILL_MS);
      this.#child.unref(); // not ours to end, if it is still there
    }
    this.#pipe.end();
  }

  #watch(): Promise<Ending> {
    return new Promise((resolve) => {
      this.#child.once('error', (error) => resolve({ error, ...this.#pipe.readerGone() }));
      this.#child.once('exit', (code, signal) => {
        // A process that the shell has left must not take the end of its input for the end of the file.
        if (!this.#complete) this.#kill('SIGTERM');
        resolve({ code, signal, ...this.#pipe.readerGone() });
      });
    });
  }

  /** Signals all its processes that are still there, and waits until they have gone. */
  async #signalGroup(signal: NodeJS.Signals, patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (let sent: NodeJS.Signals | 0 = signal; this.#kill(sent) && Date.now() < deadline; sent = 0)
      await pause(POLL_MS);
  }

  /** Signals the process group; false if there is none. */
  #kill(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#child;
    try {
      return pid !== undefined && process.kill(-pid, signal);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'ESRCH';
    }
  }

  #failure(ending: Ending): TroubleError {
    const command = `command for file "${this.#file}"`;
    if ('error' in ending) return systemTrouble(`could not start ${command}`, ending.error);
    const { code, signal } = ending;
    const detail = `The command was: ${this.#line}`;
    if (signal !== null) {
      const number = constants.signals[signal];
      return new TroubleError(`${command} was terminated by signal ${number}: ${signal}`, { detail });
    }
    if (code !== 0) return new TroubleError(`${command} failed with exit code ${code}`, { detail });
    return new TroubleError(`${command} did not read all of its input`, {
      detail,
      hint: 'A command that has no use for a file must read it all the same, as in "cat >/dev/null".',
    });
  }
}
