/**
 * Times commands in pairs, ours and its peer's in turn, so that a machine whose speed drifts treats both alike,
 * and watches the memory of our tools.
 */

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { start } from '../support/run.ts';

/** What one run of a command took. */
interface Run {
  readonly seconds: number;
  /** Of the processor, by all processes of the command. */
  readonly cpuSeconds: number;
  readonly peak: number;
  readonly spool: number;
}

/** What a pair of commands took. */
export interface Pairing {
  /** Median seconds of ours. */
  readonly ours: number;
  /** Median seconds of the peer. */
  readonly peer: number;
  /** Median of peer time / our time, pair by pair: above 1 we are faster. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /** The same for the time of the processor. */
  readonly cpuRatio: number;
  /** Largest resident memory of any of our tools, in bytes; 0 if there was none to see. */
  readonly peak: number;
  /** Largest spool of WAL of any of our tools, in bytes. */
  readonly spool: number;
}

/** A shell command, and what puts things back before each run of it, which is not timed. */
export interface Timed {
  readonly command: string;
  readonly before?: string;
}

const LIMIT_MS = 600_000;
const INTERVAL_MS = 20;

/** Runs both in turn, once to warm up and then so many times. */
export async function pair(ours: Timed, peer: Timed, runs: number): Promise<Pairing> {
  await time(ours);
  await time(peer);
  const pairs: { ours: Run; peer: Run }[] = [];
  for (let run = 0; run < runs; run++) pairs.push({ ours: await time(ours), peer: await time(peer) });
  const ratios = pairs.map((both) => both.peer.seconds / both.ours.seconds).sort((a, b) => a - b);
  return {
    ours: median(pairs.map((both) => both.ours.seconds)),
    peer: median(pairs.map((both) => both.peer.seconds)),
    ratio: median(ratios),
    lowest: ratios.at(0) ?? Number.NaN,
    highest: ratios.at(-1) ?? Number.NaN,
    cpuRatio: median(pairs.map((both) => both.peer.cpuSeconds / both.ours.cpuSeconds)),
    peak: Math.max(...pairs.map((both) => both.ours.peak)),
    spool: Math.max(...pairs.map((both) => both.ours.spool)),
  };
}

async function time({ command, before }: Timed): Promise<Run> {
  if (before !== undefined) await succeed(before);
  let [peak, spool] = [0, 0];
  const watch = setInterval(() => {
    for (const pid of tools()) {
      peak = Math.max(peak, memory(pid));
      spool = Math.max(spool, spoolBytes(pid));
    }
  }, INTERVAL_MS);
  const begun = process.hrtime.bigint();
  try {
    const cpuSeconds = await succeed(command);
    return { seconds: Number(process.hrtime.bigint() - begun) / 1e9, cpuSeconds, peak, spool };
  } finally {
    clearInterval(watch);
  }
}

/** Runs a shell command that must succeed in every part of its pipeline; returns the processor's seconds. */
export async function succeed(command: string): Promise<number> {
  const script = `set -o pipefail; TIMEFORMAT='cpu %U %S'; time { ${command}; }`;
  const { status, stderr } = await start('bash', ['-c', script], { timeoutMs: LIMIT_MS }).finished;
  if (status !== 0) throw new Error(`$ ${command}\nended with status ${status}\n${stderr}`);
  const [, user, system] = /^cpu (\S+) (\S+)$/m.exec(stderr) ?? [];
  return Number(user) + Number(system);
}

/** Process ids of our tools that are running. */
function tools(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  return pids.filter((pid) => /\/dist\/bb-.*\0/.test(read(`/proc/${pid}/cmdline`).replace(/^bash\0.*/s, '')));
}

/** Peak resident memory: VmHWM, proc(5). */
function memory(pid: string): number {
  return Number(/VmHWM:\s+([0-9]+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Size of the file without a name that WAL is spooled in. */
function spoolBytes(pid: string): number {
  try {
    const files = readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
    const spool = files.find((file) => readlinkSync(file).includes('bb-stream-wal-'));
    return spool === undefined ? 0 : statSync(spool).size;
  } catch {
    return 0; // the process has just ended
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has just ended
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}
