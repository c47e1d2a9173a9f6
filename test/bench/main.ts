/** npm run bench: our tools beside their peers in C, as ratios from one run, in a table. */

import { formatSize } from '../../lib/cli/units.ts';
import { withMaterial } from './material.ts';
import { type Pairing, pair } from './measure.ts';
import { busyRows, type Row, rows } from './rows.ts';
import { verifyRows } from './verify-rows.ts';

const HEAD = ['path', 'peer', 'ours s', 'peer s', 'ratio', 'range', 'at least', 'memory', 'WAL spool'];
const WIDTHS = [42, 14, 8, 8, 7, 13, 9, 8, 9];

await withMaterial(async (material) => {
  print(HEAD);
  await measure([...rows(material), ...verifyRows(material)]);
  await material.busily(() => measure(busyRows(material)));
});

async function measure(all: readonly Row[]): Promise<void> {
  for (const row of all) print(line(row, await pair(row.ours, row.peer, row.runs)));
}

function line(row: Row, { ours, peer, ratio, lowest, highest, peak, spool }: Pairing): string[] {
  return [
    row.path,
    row.peerName,
    ours.toFixed(2),
    peer.toFixed(2),
    ratio.toFixed(2),
    `${lowest.toFixed(2)}..${highest.toFixed(2)}`,
    `${row.atLeast.toFixed(2)}${ratio < row.atLeast ? ' !' : ''}`,
    peak === 0 ? '' : `${formatSize(peak)}${peak > (row.mostMemory ?? peak) ? ' !' : ''}`,
    spool === 0 ? '' : formatSize(spool),
  ];
}

function print(cells: readonly string[]): void {
  process.stdout.write(
    `${cells
      .map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`,
  );
}
