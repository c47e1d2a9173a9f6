/**
 * One running server process. It is started directly, not by pg_ctl, so that we notice its end at once and need no
 * quoting for a shell. Whether it is ready is read as pg_ctl reads it, from the last line of postmaster.pid
 * (src/include/utils/pidfile.h). The signals are those of "Shutting Down the Server" in the manual.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverAccount } from './account.ts';
import { announce } from './announce.ts';
import { atExit } from './cleanup.ts';
import { environment } from './run.ts';
import { untilTrue } from './wait.ts';

/** How to stop a server. "smart" is left out, since it waits for clients, perhaps for ever. */
export type StopMode = 'fast' | 'immediate';

const STOP_SIGNAL: Readonly<Record<StopMode, NodeJS.Signals>> = { fast: 'SIGINT', immediate: 'SIGQUIT' };
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;

/** The line of postmaster.pid with the status (LOCK_FILE_LINE_PM_STATUS), and its values when queries are served. */
const STATUS_LINE = 8;
const READY = ['ready', 'standby'];

/** A postmaster that was started. */
export class Postmaster {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    const forget = atExit(() => child.kill('SIGQUIT'));
    this.#ended = once(child, 'exit').finally(forget);
    this.#ended.catch(() => {});
  }

  /** Starts a server on a data directory and waits until it accepts connections. Throws if it ends before that. */
  static async start(
    program: string,
    dataDirectory: string,
    settings: Readonly<Record<string, string>>,
    log: string,
  ): Promise<Postmaster> {
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const args = ['-D', dataDirectory, ...options];
    announce([[program, ...args]]);
    const output = openSync(log, 'a');
    const child = spawn(program, args, {
      stdio: ['ignore', output, output],
      detached: true,
      cwd: '/',
      env: environment(),
      ...serverAccount(),
    });
    closeSync(output);
    const postmaster = new Postmaster(child);
    await postmaster.#ready(join(dataDirectory, 'postmaster.pid'));
    return postmaster;
  }

  /** The postmaster's process id. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Stops the server and waits for its end. If it does not stop, it is killed, and this throws. */
  async stop(mode: StopMode): Promise<void> {
    if (!this.running) return;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#child.kill('SIGKILL');
    }, STOP_TIMEOUT_MS);
    this.#child.kill(STOP_SIGNAL[mode]);
    await this.#ended.finally(() => clearTimeout(timer));
    if (late) throw new Error(`server did not stop (${mode}) in ${STOP_TIMEOUT_MS} ms`);
  }

  async #ready(pidFile: string): Promise<void> {
    const serving = () => {
      if (!this.running) throw new Error('server ended while it started');
      return existsSync(pidFile) && this.#serves(readFileSync(pidFile, 'utf8').split('\n'));
    };
    try {
      await untilTrue('the server takes connections', serving, START_TIMEOUT_MS);
    } catch (error) {
      await this.stop('immediate');
      throw error;
    }
  }

  /** The file may be that of an earlier server that crashed, so the process ID must be ours. */
  #serves(lines: readonly string[]): boolean {
    return Number(lines[0]) === this.pid && READY.includes(lines[STATUS_LINE - 1]?.trim() ?? '');
  }
}
