/**
 * The results as a picture (SVG): for each row two bars, how many times as fast as its peer ours is, and with how much
 * less of the processor's time. The scale is logarithmic, so that twice and half are as far from the line in the middle.
 */

import type { Circumstances, Result } from './results.ts';

const TITLE = 'bb and its peers: time of the peer / ours';
const WIDTH = 900;
const LABELS = 430;
const RIGHT = 70;
const TOP = 78;
const ROW = 26;
const BAR = 9;
const BOTTOM = 34;
/** The ratios at the ends of the scale: what lies outside is cut. */
const LEAST = 0.25;
const MOST = 4;
const TICKS = [0.25, 0.5, 1, 2, 4];
const COLORS = { wall: '#336791', cpu: '#e08e45', text: '#24292f', grid: '#d0d7de', target: '#24292f' };

/** Draws the chart of all rows. */
export function drawChart(results: readonly Result[], at: Circumstances): string {
  const height = TOP + results.length * ROW + BOTTOM;
  const bottom = TOP + results.length * ROW;
  const parts = [
    `<title>${TITLE}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(16, 24, TITLE, 'font-size="16" font-weight="bold"'),
    text(
      16,
      42,
      `${at.date}${at.trial ? ' (a trial, on a busy machine)' : ''}, ${at.processors} cores of ${at.processor}, ${at.system}, Node.js ${at.node.slice(1)}, PostgreSQL ${at.postgresql}; right of 1 ours takes less`,
    ),
    ...key(),
    ...TICKS.flatMap((tick) => [
      `<line x1="${x(tick)}" y1="${TOP - 4}" x2="${x(tick)}" y2="${bottom}" stroke="${tick === 1 ? COLORS.text : COLORS.grid}"/>`,
      text(x(tick), bottom + 16, String(tick), 'text-anchor="middle"'),
    ]),
    ...results.flatMap((result, index) => row(result, TOP + index * ROW)),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`,
    ` font-family="sans-serif" font-size="11" fill="${COLORS.text}">\n`,
    ...parts.map((part) => `${part}\n`),
    '</svg>\n',
  ].join('');
}

function key(): string[] {
  const entries = [
    ['wall clock', COLORS.wall],
    ['CPU seconds', COLORS.cpu],
  ] as const;
  return entries
    .flatMap(([name, color], index) => [
      `<rect x="${16 + index * 110}" y="52" width="10" height="10" fill="${color}"/>`,
      text(30 + index * 110, 61, name),
    ])
    .concat(text(236, 61, '| what is aimed at'));
}

function row(
  { row: { path, peerName, atLeast, cpuAtLeast = 0 }, pairing: { wall, cpu } }: Result,
  y: number,
): string[] {
  return [
    text(LABELS - 10, y + 13, `${path} (${peerName})`, 'text-anchor="end"'),
    ...bar(wall.ratio, atLeast, y + 2, COLORS.wall),
    ...bar(cpu.ratio, cpuAtLeast, y + 2 + BAR + 1, COLORS.cpu),
  ];
}

function bar(ratio: number, atLeast: number, y: number, color: string): string[] {
  const [from, to] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
  return [
    `<rect x="${from}" y="${y}" width="${(to - from).toFixed(1)}" height="${BAR}" fill="${color}"/>`,
    text(WIDTH - RIGHT + 8, y + BAR - 1, ratio.toFixed(2), `fill="${color}" font-size="10"`),
    atLeast > 0
      ? `<line x1="${x(atLeast)}" y1="${y - 1}" x2="${x(atLeast)}" y2="${y + BAR + 1}" stroke="${COLORS.target}" stroke-width="2"/>`
      : '',
  ].filter(Boolean);
}

/** Where a ratio is. */
function x(ratio: number): number {
  const cut = Math.min(Math.max(ratio, LEAST), MOST);
  const part = Math.log(cut / LEAST) / Math.log(MOST / LEAST);
  return Number((LABELS + part * (WIDTH - RIGHT - LABELS)).toFixed(1));
}

function text(at: number, y: number, words: string, attributes = ''): string {
  const escaped = words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `<text x="${at}" y="${y}" ${attributes}>${escaped}</text>`;
}
