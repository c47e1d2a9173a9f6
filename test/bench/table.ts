/** The table that is printed: a line for each row, as it is measured. A "!" marks what falls short. */

import { formatSize } from '../../lib/terminal/units.ts';
import type { Result } from './results.ts';

const COLUMNS = [
  ['path', 56],
  ['peer', 15],
  ['wall s', 14],
  ['ratio', 6],
  ['range', 12],
  ['at least', 9],
  ['CPU s', 14],
  ['ratio', 6],
  ['at least', 9],
  ['size', 6],
  ['memory', 9],
  ['WAL spool', 9],
] as const;

/** Prints the names of the columns. Times are ours and the peer's, a ratio is peer / ours. */
export function printHead(): void {
  print(COLUMNS.map(([name]) => name));
}

/** Prints a line. */
export function printResult({ row, pairing: { wall, cpu, peak, spool }, size }: Result): void {
  const { path, peerName, atLeast, cpuAtLeast, mostMemory } = row;
  print([
    path,
    peerName,
    `${wall.ours.toFixed(2)} / ${wall.peer.toFixed(2)}`,
    wall.ratio.toFixed(2),
    `${wall.lowest.toFixed(2)}..${wall.highest.toFixed(2)}`,
    target(atLeast, wall.ratio),
    `${cpu.ours.toFixed(2)} / ${cpu.peer.toFixed(2)}`,
    cpu.ratio.toFixed(2),
    target(cpuAtLeast ?? 0, cpu.ratio),
    size === undefined ? '' : size.toFixed(3),
    peak === 0 ? '' : `${formatSize(peak)}${peak > (mostMemory ?? peak) ? ' !' : ''}`,
    spool === 0 ? '' : formatSize(spool),
  ]);
}

function target(atLeast: number, ratio: number): string {
  return atLeast === 0 ? '' : `${atLeast.toFixed(2)}${ratio < atLeast ? ' !' : ''}`;
}

function print(cells: readonly string[]): void {
  const padded = cells.map((cell, column) => cell.padEnd(COLUMNS[column]?.[1] ?? 0));
  process.stdout.write(`${padded.join('  ').trimEnd()}\n`);
}
