/**
 * What is measured of compression: files both ways against gzip's, lz4's and zstd's own tools at the same level and
 * with as many threads, and the whole job, from the server to verified and compressed archives.
 */

import { join, resolve } from 'node:path';
import type { Material, Sample } from './material.ts';
import type { Row } from './rows.ts';

const RUNS = 3;
const THREADS = 2;
const dist = resolve('dist');
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
export function compressRows(material: Material): Row[] {
  const { samples, zeros } = material;
  return Object.entries(samples)
    .flatMap(([kind, sample]) => [
      ...COMPRESS.map((contest) => compressRow(contest, kind, sample[contest.sample])),
      ...DECOMPRESS.map((contest) => decompressRow(contest, kind, sample[contest.sample])),
    ])
    .concat(COMPRESS.filter(({ method }) => method.endsWith(':1')).map((contest) => largeRow(contest, zeros)))
    .concat(jobRows(material));
}

function compressRow({ method, peer, atLeast }: Contest, kind: string, sample: string): Row {
  const outputs = { ours: `${sample}.ours`, peer: `${sample}.peer` };
  return {
    path: `compress, ${method}, ${kind}`,
    peerName: nameOf(peer),
    ours: { command: `${compress} -Z ${method} -j${THREADS} <${sample} >${outputs.ours}` },
    peer: { command: `${peer} <${sample} >${outputs.peer}` },
    leftovers: Object.values(outputs),
    atLeast,
    runs: RUNS,
    outputs,
  };
}

/** Once, for lengths that four bytes do not hold: what ours has made must be what went in for the peer, and for us. */
function largeRow(contest: Contest, zeros: string): Row {
  const row = compressRow(contest, 'over 4 GiB', zeros);
  const same = (decompress: string) => `${decompress} <${zeros}.ours | cmp - ${zeros}`;
  const back = `${contest.peer.split(' ')[0]} -dc`;
  return { ...row, check: `${same(back)} && ${same(`${compress} -d`)}`, atLeast: 0, runs: 1 };
}

/** Both read what bb-compress has made. */
function decompressRow({ method, peer, atLeast }: Contest, kind: string, sample: string): Row {
  const input = `${sample}.${method}`;
  const before = `[ -e ${input} ] || ${compress} -Z ${method} <${sample} >${input}`;
  return {
    path: `decompress, ${method}, ${kind}`,
    peerName: nameOf(peer),
    ours: { command: `${compress} -d <${input} >/dev/null`, before },
    peer: { command: `${peer} <${input} >/dev/null`, before },
    leftovers: [input],
    atLeast,
    runs: RUNS,
  };
}

/** pg_verifybackup reads tars from version 18 on; for older ones they have to be unpacked first. */
function jobRows({ folder, socket, pgBasebackup, pgVerifybackup }: Material): Row[] {
  if (pgBasebackup === undefined || pgVerifybackup === undefined) return [];
  const [target, theirTarget, unpacked] = [
    join(folder, 'ours'),
    join(folder, 'theirs'),
    join(folder, 'unpacked'),
  ];
  const tool = (name: string) => `node ${join(dist, `${name}.js`)}`;
  const ours = [
    `${tool('bb-stream')} ${socket} -c fast -X fetch`,
    `${tool('bb-verify')} --tee -q`,
    `${compress} -Z zstd:1 -j${THREADS}`,
    `${tool('bb-split')} -D ${target}`,
  ];
  const theirs = [
    `${pgBasebackup} ${socket} -c fast -X fetch -Ft -Z client-zstd:level=1,workers=${THREADS} -D ${theirTarget}`,
    `zstd -dcq ${theirTarget}/base.tar.zst | tar -x -C ${unpacked} -f -`,
    `cp ${theirTarget}/backup_manifest ${unpacked}`,
    `${pgVerifybackup} -q ${unpacked}`,
  ];
  return [
    {
      path: 'backup, verified, zstd:1, on disk',
      peerName: "PostgreSQL's",
      ours: { command: ours.join(' | '), before: `rm -rf ${target} ${unpacked}` },
      peer: {
        command: theirs.join(' && '),
        before: `rm -rf ${theirTarget} ${unpacked} && mkdir -m 700 ${unpacked}`,
      },
      leftovers: [target, theirTarget, unpacked],
      atLeast: 1.2,
      runs: RUNS,
      outputs: { ours: `${target}/base.tar.zst`, peer: `${theirTarget}/base.tar.zst` },
    },
  ];
}

function nameOf(command: string): string {
  return command.replace(/ -[dq]c?q?\b/g, '');
}
