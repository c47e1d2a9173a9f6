/** npm run bench: our tools beside their peers in C, as ratios from one run, in a table. */

import { formatSize } from '../../lib/cli/units.ts';
import { withMaterial } from './material.ts';
import { type Pairing, pair } from './measure.ts';
import { type Row, rows } from './rows.ts';

const HEAD = ['path', 'peer', 'ours s', 'peer s', 'ratio', 'range', 'at least', 'peak'];
const WIDTHS = [36, 14, 8, 8, 7, 13, 9, 8];

await withMaterial(async (material) => {
  print(HEAD);
  for (const row of rows(material)) print(line(row, await pair(row.ours, row.peer, row.runs)));
});

function line(row: Row, { ours, peer, ratio, lowest, highest, peak }: Pairing): string[] {
  return [
    row.path,
    row.peerName,
    ours.toFixed(2),
    peer.toFixed(2),
    ratio.toFixed(2),
    `${lowest.toFixed(2)}..${highest.toFixed(2)}`,
    `${row.atLeast.toFixed(2)}${ratio < row.atLeast ? ' !' : ''}`,
    peak === 0 ? '' : formatSize(peak),
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
