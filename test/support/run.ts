/**
 * Runs one real process: in its own process group, without a terminal, with a time limit, and gathers its output. When
 * the time is up or the test run ends, the whole process group is killed.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Account } from './account.ts';
import { shellText } from './announce.ts';
import { atExit } from './cleanup.ts';

/** How to run a process. */
export interface RunOptions {
  /** The contents of its standard input, which is /dev/null if not given. */
  readonly stdin?: string | Uint8Array;
  /** Variables in addition to our environment, which is passed on without libpq's variables (PG...). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  readonly account?: Account | undefined;
}

/** How a process ended. The status is that of a shell: 128 plus the signal's number if a signal killed it. */
export interface Finished {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A process that may still be running. */
export interface Running {
  readonly process: ChildProcess;
  /** Rejects if the process could not be started or did not end in time, with its output. */
  readonly finished: Promise<Finished>;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const SHOWN_OUTPUT_BYTES = 4000;

/** Runs a program to its end, whatever its exit status. */
export function run(
  command: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Finished> {
  return start(command, args, options).finished;
}

/** Runs a program that must succeed, and returns what it wrote on standard output. */
export async function runOk(
  command: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, options);
  if (status === 0) return stdout.toString();
  throw new Error(`${commandLine(command, args)}\nended with status ${status}\n${stderr}${tail(stdout)}`);
}

/** Starts a program without waiting for its end. */
export function start(command: string, args: readonly string[] = [], options: RunOptions = {}): Running {
  const child = spawn(command, args, {
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...environment(), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...options.account,
  });
  child.stdin?.on('error', () => {}); // it need not read all that we have for it
  child.stdin?.end(options.stdin);
  const finished = finish(child, commandLine(command, args), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  finished.catch(() => {}); // reported to whoever awaits it, be it later
  return { process: child, finished };
}

/** Signals a process group. It is no error if it has gone. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The environment of a process in a test: ours without libpq's variables. */
export function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')));
}

async function finish(child: ChildProcess, command: string, timeoutMs: number): Promise<Finished> {
  const stdout = gather(child.stdout);
  const stderr = gather(child.stderr);
  let late = false;
  const kill = () => signalGroup(child, 'SIGKILL');
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeoutMs);
  const forget = atExit(kill);
  try {
    const [code, signal] = await once(child, 'close');
    if (late) throw new Error(`${command}\ndid not end in ${timeoutMs} ms\n${stderr()}${tail(stdout())}`);
    return { status: shellStatus(code, signal), stdout: stdout(), stderr: stderr().toString() };
  } finally {
    clearTimeout(timer);
    forget();
  }
}

function gather(stream: NodeJS.ReadableStream | null): () => Buffer {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}

function shellStatus(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function tail(output: Buffer): string {
  return output.subarray(-SHOWN_OUTPUT_BYTES).toString();
}

function commandLine(command: string, args: readonly string[]): string {
  return `$ ${shellText([[command, ...args]])}`;
}
