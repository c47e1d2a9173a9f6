/**
 * npm run bench: our tools beside their peers in C, as ratios from one run, in a table. `npm run bench -- TEXT` takes
 * only the rows with this text in their path.
 */

import { rmSync, statSync } from 'node:fs';
import { formatSize } from '../../lib/terminal/units.ts';
import { compressRows } from './compress-rows.ts';
import { withMaterial } from './material.ts';
import { type Pairing, pair, succeed } from './measure.ts';
import { busyRows, type Row, rows } from './rows.ts';
import { verifyRows } from './verify-rows.ts';

const HEAD = [
  ...['path', 'peer', 'ours s', 'peer s', 'ratio', 'range', 'at least'],
  ...['CPU', 'size', 'memory', 'WAL spool'],
];
const WIDTHS = [42, 14, 8, 8, 7, 13, 9, 6, 6, 8, 9];

await withMaterial(async (material) => {
  print(HEAD);
  await measure([...rows(material), ...verifyRows(material), ...compressRows(material)]);
  await material.busily(() => measure(busyRows(material)));
});

async function measure(all: readonly Row[]): Promise<void> {
  const wanted = all.filter(({ path }) => path.includes(process.argv[2] ?? ''));
  for (const row of wanted) {
    print(line(row, await pair(row.ours, row.peer, row.runs)));
    if (row.check !== undefined) await succeed(row.check);
    for (const path of row.leftovers ?? []) rmSync(path, { recursive: true, force: true });
  }
}

function line(row: Row, { ours, peer, ratio, lowest, highest, cpuRatio, peak, spool }: Pairing): string[] {
  return [
    row.path,
    row.peerName,
    ours.toFixed(2),
    peer.toFixed(2),
    ratio.toFixed(2),
    `${lowest.toFixed(2)}..${highest.toFixed(2)}`,
    `${row.atLeast.toFixed(2)}${ratio < row.atLeast ? ' !' : ''}`,
    cpuRatio.toFixed(2),
    row.outputs === undefined ? '' : sizeRatio(row.outputs).toFixed(3),
    peak === 0 ? '' : `${formatSize(peak)}${peak > (row.mostMemory ?? peak) ? ' !' : ''}`,
    spool === 0 ? '' : formatSize(spool),
  ];
}

/** As for times: above 1 ours is the smaller one. */
function sizeRatio({ ours, peer }: { readonly ours: string; readonly peer: string }): number {
  return statSync(peer).size / statSync(ours).size;
}

function print(cells: readonly string[]): void {
  process.stdout.write(
    `${cells
      .map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`,
  );
}
