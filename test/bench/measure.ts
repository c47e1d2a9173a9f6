/**
 * Times commands in pairs, ours and its peer's in turn, so that a machine whose speed drifts treats both alike. Time is
 * the wall clock's and the processor's: user and system seconds of all processes of a command. The memory of our tools
 * is watched.
 */

import { readFileSync } from 'node:fs';
import { start } from '../support/run.ts';
import { isTrial } from './trial.ts';
import { type Watched, watchTools } from './watch.ts';

/** What one run of a command took. */
export interface Run extends Watched {
  readonly seconds: number;
  /** Of the processor, by all processes of the command. */
  readonly cpuSeconds: number;
}

/** A time of ours and of the peer, each the median, and the median of peer / ours, pair by pair. */
export interface Comparison {
  readonly ours: number;
  readonly peer: number;
  /** Above 1 ours takes less. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
}

/** What a pair of commands took. */
export interface Pairing extends Watched {
  readonly wall: Comparison;
  readonly cpu: Comparison;
  readonly runs: number;
}

/** A shell command, and what puts things back before each run of it, which is not timed. */
export interface Timed {
  readonly command: string;
  readonly before?: string;
}

/** How pairs are timed. */
export interface PairOptions {
  /** The most pairs, besides one to warm up. */
  readonly runs: number;
  /** A server whose processes count too: those that it starts for the command, and that end with it. */
  readonly serverPid?: number | undefined;
  /** The peer does this part of the same work: its times count that many times. */
  readonly peerTimes?: number;
}

const LIMIT_MS = 1_800_000;
/** Fewer pairs are enough if their ratios are as near to each other as this. */
const FEWEST_RUNS = 3;
const STABLE = 0.06;
/** Of a second: what /proc counts in, on Linux. */
const TICKS = 100;

/** Runs both in turn, once to warm up and then so many times, or until their ratios agree. */
export async function pair(
  ours: Timed,
  peer: Timed,
  { runs, serverPid, peerTimes = 1 }: PairOptions,
): Promise<Pairing> {
  const most = isTrial ? 1 : runs;
  if (most > 1) for (const command of [ours, peer]) await time(command);
  const pairs: { ours: Run; peer: Run }[] = [];
  while (pairs.length < most && !(pairs.length >= FEWEST_RUNS && isStable(pairs)))
    pairs.push({
      ours: await time(ours, serverPid),
      peer: multiplied(await time(peer, serverPid), peerTimes),
    });
  return {
    wall: compare(pairs, ({ seconds }) => seconds),
    cpu: compare(pairs, ({ cpuSeconds }) => cpuSeconds),
    runs: pairs.length,
    peak: Math.max(...pairs.map((both) => both.ours.peak)),
    spool: Math.max(...pairs.map((both) => both.ours.spool)),
  };
}

function multiplied(run: Run, times: number): Run {
  return { ...run, seconds: run.seconds * times, cpuSeconds: run.cpuSeconds * times };
}

/** Runs a command once. */
export async function time({ command, before }: Timed, serverPid?: number): Promise<Run> {
  if (before !== undefined) await succeed(before);
  const ofServer = cpuOfEnded(serverPid);
  const begun = process.hrtime.bigint();
  const { cpuSeconds, watched } = await succeed(command);
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  return { seconds, cpuSeconds: cpuSeconds + cpuOfEnded(serverPid) - ofServer, ...watched };
}

/** Runs a shell command that must succeed in every part of its pipeline. */
export async function succeed(command: string): Promise<{ cpuSeconds: number; watched: Watched }> {
  const script = `set -o pipefail; TIMEFORMAT='cpu %U %S'; time { ${command}; }`;
  const running = start('bash', ['-c', script], { timeoutMs: LIMIT_MS });
  const watched = watchTools(running.process.pid ?? 0);
  const { status, stderr } = await running.finished.finally(() => watched.stop());
  if (status !== 0) throw new Error(`$ ${command}\nended with status ${status}\n${stderr}`);
  const [, user, system] = /^cpu (\S+) (\S+)$/m.exec(stderr) ?? [];
  return { cpuSeconds: Number(user) + Number(system), watched: watched.result() };
}

/** Seconds of the processor that a process's children have used that have ended: cutime and cstime, proc(5). */
function cpuOfEnded(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

function isStable(pairs: readonly { ours: Run; peer: Run }[]): boolean {
  const ofWall = compare(pairs, ({ seconds }) => seconds);
  const ofCpu = compare(pairs, ({ cpuSeconds }) => cpuSeconds);
  return [ofWall, ofCpu].every(({ ratio, lowest, highest }) => highest - lowest <= STABLE * ratio);
}

function compare(pairs: readonly { ours: Run; peer: Run }[], of: (run: Run) => number): Comparison {
  const ratios = pairs.map((both) => of(both.peer) / of(both.ours)).sort((a, b) => a - b);
  return {
    ours: median(pairs.map((both) => of(both.ours))),
    peer: median(pairs.map((both) => of(both.peer))),
    ratio: median(ratios),
    lowest: ratios.at(0) ?? Number.NaN,
    highest: ratios.at(-1) ?? Number.NaN,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}
