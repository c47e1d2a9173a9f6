/**
 * Signals that are ignored when a tool is started: the tool and its commands go on, while other signals end it. Each
 * tool reads a pipe that is idle in the middle of a backup.
 */

import { closeSync, constants, createWriteStream, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Running, run, runOk, signalGroup, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { recordedCluster } from './support/given.ts';
import { untilCaught } from './support/proc.ts';
import { stop } from './support/signalling.ts';

/** A shell script that ignores signals and runs a command; $0 is the file for its standard input. */
const IGNORING = `trap '' HUP INT QUIT; exec "$@" <"$0"`;
const NOHUP = 'exec nohup "$@" <"$0"';
const UNDER_BASH = `trap '' HUP INT QUIT; exec bash "$@" <"$0"`;

const given = recordedCluster(async (cluster) => void (await cluster.createTablespace('fast')));
let pipes = 0;
let running: Running | undefined;

afterEach(() => {
  if (running !== undefined) signalGroup(running.process, 'SIGKILL');
});

/** Starts a tool on a named pipe, writes half of the backup, and returns a function that writes the rest. */
async function startTool(script: string, name: string, args: readonly string[]): Promise<() => void> {
  const pipe = await makePipe();
  running = start('sh', ['-c', script, pipe, tool(name, []).command, ...args]);
  const { bytes } = given.recording;
  const half = bytes.length >> 1;
  const input = createWriteStream(pipe);
  input.on('error', () => {}); // the tool may be ended
  input.write(bytes.subarray(0, half));
  await untilCaught(running, 'SIGHUP');
  return () => void input.end(bytes.subarray(half));
}

async function makePipe(): Promise<string> {
  const pipe = join(given.folder, `pipe-${pipes++}`);
  await runOk('mkfifo', [pipe]);
  return pipe;
}

async function send(pid: number | undefined, signals: readonly NodeJS.Signals[]): Promise<void> {
  for (const signal of signals) {
    process.kill(pid ?? 0, signal);
    await setTimeout(50);
  }
}

function target(name: string): string {
  return join(given.folder, `${name}-${pipes}`);
}

const TOOLS: readonly (readonly [tool: string, args: () => string[]])[] = [
  ['bb-compress', () => ['-Z', 'gzip']],
  ['bb-split', () => ['-N', '-D', target('tar')]],
  ['bb-split', () => ['--filter=cat >/dev/null']],
  ['bb-relocate', () => ['--all-into=/nosuch']],
  ['bb-verify', () => []],
  ['bb-verify', () => ['--tee']],
];

describe.each(TOOLS)('%s', (name, args) => {
  it.each([
    ['in the background', IGNORING, ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGHUP']],
    ['under nohup', NOHUP, ['SIGHUP']],
    ['with bash as the shell', UNDER_BASH, ['SIGHUP', 'SIGINT', 'SIGQUIT']],
  ] as const)('goes on %s', async (_name, script, signals) => {
    const finish = await startTool(script, name, args());
    await send(running?.process.pid, signals);
    finish();
    expect(await running?.finished).toMatchObject({ status: 0 });
  });

  it.each([
    [IGNORING, 'SIGTERM', 143],
    [NOHUP, 'SIGINT', 130],
  ] as const)('is ended after %s by %s', async (script, signal, status) => {
    await startTool(script, name, args());
    await send(running?.process.pid, ['SIGHUP']);
    if (running === undefined) throw new Error('nothing was started');
    expect(await stop(running, signal)).toMatchObject({ status });
  });
});

describe('bb-stream', () => {
  it.each(['exec nohup "$@" >"$0"', `trap '' HUP; exec "$@" >"$0"`])('goes on after %s', async (script) => {
    const pipe = await makePipe();
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const options = [...given.cluster.connectionOptions, '-c', 'fast'];
    running = start('sh', ['-c', script, pipe, tool('bb-stream', []).command, ...options]);
    await untilCaught(running, 'SIGHUP');
    await send(running.process.pid, ['SIGHUP', 'SIGHUP']);
    const taken = run('cat', [pipe]);
    expect((await running.finished).status).toBe(0);
    closeSync(reader);
    const { status } = await run(tool('bb-verify', []).command, [], { stdin: (await taken).stdout });
    expect(status).toBe(0);
  });
});

describe('what is ignored', () => {
  it('is ignored by commands, too, which are not told how we know', async () => {
    const file = join(given.folder, 'command');
    const command = `env >${file}; grep SigIgn /proc/self/status >>${file}; cat >/dev/null`;
    const script = `trap '' HUP INT; exec "$@" <"$0"`;
    const { file: backup } = given.recording;
    await runOk('sh', ['-c', script, backup, tool('bb-split', []).command, `--filter=${command}`]);
    const said = readFileSync(file, 'utf8');
    expect(Number.parseInt(/^SigIgn:\s*(\w+)$/m.exec(said)?.[1] ?? '', 16) & 7).toBe(3);
    expect(said).not.toMatch(/BB_IGNORED|bb_name|bb_value/);
  });

  it('is nothing without the lines for the shell', async () => {
    const { command } = tool('bb-compress', []);
    expect((await run('node', [command, '--version'])).stdout.toString()).toMatch(/^bb-compress /);
  });

  it('leaves arguments as they are, and what is inherited', async () => {
    const stdin = given.recording.bytes;
    const command = 'printf "%s:" "$bb_name" "$BB_IGNORED_SIGNALS" "$n" >"$OUT"; cat >/dev/null';
    const out = join(given.folder, 'a name with "quotes" and\nlines');
    const env = { n: 'kept', BB_IGNORED_SIGNALS: '3', OUT: out };
    await runOk(tool('bb-split', []).command, [`--filter=${command}`], { stdin, env });
    expect(readFileSync(out, 'utf8')).toBe('::kept:');
  });
});
