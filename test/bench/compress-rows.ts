/**
 * What is measured of compression: files both ways against gzip's, lz4's and zstd's own tools at the same level and
 * with as many threads.
 */

import { join } from 'node:path';
import { KINDS, type Kind, type Material, type Sample } from './material.ts';
import { dist, type Row, THREADS } from './rows.ts';

const RUNS = 3;
const compress = `node ${join(dist, 'bb-compress.js')}`;

/** A method at a level, and its peer, each a command from standard input to standard output. */
interface Contest {
  readonly method: string;
  readonly peer: string;
  readonly sample: keyof Sample;
  readonly atLeast: number;
}

const COMPRESS: readonly Contest[] = [
  { method: 'gzip:1', peer: `pigz -p${THREADS} -1`, sample: 'long', atLeast: 1.1 },
  { method: 'gzip:6', peer: `pigz -p${THREADS} -6`, sample: 'short', atLeast: 1.1 },
  { method: 'lz4:1', peer: 'lz4 -1 -q', sample: 'long', atLeast: 1.4 },
  { method: 'zstd:1', peer: `zstd -T${THREADS} -1 -q`, sample: 'long', atLeast: 0.95 },
  { method: 'zstd:3', peer: `zstd -T${THREADS} -3 -q`, sample: 'long', atLeast: 0.95 },
  { method: 'zstd:9', peer: `zstd -T${THREADS} -9 -q`, sample: 'short', atLeast: 0.95 },
];
const DECOMPRESS: readonly Contest[] = [
  { method: 'gzip:6', peer: 'pigz -dc', sample: 'short', atLeast: 1.0 },
  { method: 'lz4:1', peer: 'lz4 -dcq', sample: 'long', atLeast: 0.9 },
  { method: 'zstd:3', peer: 'zstd -dcq', sample: 'long', atLeast: 0.9 },
];

/** All rows for the material. */
export function compressRows({ samples, zeros }: Material): Row[] {
  return KINDS.flatMap((kind) => [
    ...COMPRESS.map((contest) => compressRow(contest, kind, samples[kind][contest.sample])),
    ...DECOMPRESS.map((contest) => decompressRow(contest, kind, samples[kind][contest.sample])),
  ]).concat(
    COMPRESS.filter(({ method }) => method.endsWith(':1')).map((contest) => largeRow(contest, zeros)),
  );
}

function compressRow({ method, peer, atLeast }: Contest, kind: Kind | 'zeros', sample: string): Row {
  const outputs = { ours: `${sample}.ours`, peer: `${sample}.peer` };
  return {
    path: `compress, ${method}, ${kind === 'zeros' ? 'over 4 GiB' : kind}`,
    peerName: nameOf(peer),
    ours: { command: `${compress} -Z ${method} -j${THREADS} <${sample} >${outputs.ours}` },
    peer: { command: `${peer} <${sample} >${outputs.peer}` },
    leftovers: Object.values(outputs),
    atLeast,
    needs: [kind],
    runs: RUNS,
    outputs,
  };
}

/** Once, for lengths that four bytes do not hold: what ours has made must be what went in for the peer, and for us. */
function largeRow(contest: Contest, zeros: string): Row {
  const row = compressRow(contest, 'zeros', zeros);
  const same = (decompress: string) => `${decompress} <${zeros}.ours | cmp - ${zeros}`;
  const back = `${contest.peer.split(' ')[0]} -dc`;
  return { ...row, check: `${same(back)} && ${same(`${compress} -d`)}`, atLeast: 0, runs: 1 };
}

/** Both read what bb-compress has made. */
function decompressRow({ method, peer, atLeast }: Contest, kind: Kind | 'zeros', sample: string): Row {
  const input = `${sample}.${method}`;
  const before = `[ -e ${input} ] || ${compress} -Z ${method} <${sample} >${input}`;
  return {
    path: `decompress, ${method}, ${kind}`,
    peerName: nameOf(peer),
    ours: { command: `${compress} -d <${input} >/dev/null`, before },
    peer: { command: `${peer} <${input} >/dev/null`, before },
    leftovers: [input],
    atLeast,
    needs: [kind],
    runs: RUNS,
  };
}

function nameOf(command: string): string {
  return command.replace(/ -[dq]c?q?\b/g, '');
}
