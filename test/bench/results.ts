/**
 * The results of a whole bench as files: results/results.json, for programs, and results/chart.svg.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { drawChart } from './chart.ts';
import type { Pairing } from './measure.ts';
import type { Row } from './rows.ts';
import { isTrial } from './trial.ts';

/** A row that was measured. */
export interface Result {
  readonly row: Row;
  readonly pairing: Pairing;
  /** The peer's output / ours: above 1 ours is the smaller one. */
  readonly size: number | undefined;
}

/** Where it was measured, and when. */
export interface Circumstances {
  readonly date: string;
  readonly processors: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly postgresql: string;
  readonly version: string;
  /** One run of each row, on a quarter of the data: the figures say little. */
  readonly trial: boolean;
}

const DIRECTORY = join(import.meta.dirname, 'results');

/** Writes both files. */
export function writeResults(results: readonly Result[], postgresql: string): void {
  const circumstances = describe(postgresql);
  mkdirSync(DIRECTORY, { recursive: true });
  const rows = results.map(toJson);
  writeFileSync(join(DIRECTORY, 'results.json'), `${JSON.stringify({ ...circumstances, rows }, null, 2)}\n`);
  writeFileSync(join(DIRECTORY, 'chart.svg'), drawChart(results, circumstances));
}

function describe(postgresql: string): Circumstances {
  const [first] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: cpus().length,
    processor: first?.model.trim() ?? arch(),
    memoryBytes: totalmem(),
    system: `Linux ${release()}`,
    node: process.version,
    postgresql,
    version: (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version,
    trial: isTrial,
  };
}

function toJson({ row, pairing, size }: Result): object {
  const { path, peerName, ours, peer, peerTimes, atLeast, cpuAtLeast, mostMemory } = row;
  return {
    path,
    peer: peerName,
    commands: { ours: ours.command, peer: peer.command },
    peerTimes,
    runs: pairing.runs,
    wallSeconds: rounded(pairing.wall),
    cpuSeconds: rounded(pairing.cpu),
    atLeast: { wall: atLeast, cpu: cpuAtLeast },
    sizeRatio: size,
    memoryBytes: pairing.peak === 0 ? undefined : pairing.peak,
    mostMemoryBytes: mostMemory,
  };
}

function rounded(values: object): object {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(3))]));
}
