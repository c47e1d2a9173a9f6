/**
 * From the files of the server, which is on this machine: into a pipe, beside the server's own backup and beside tar, which
 * checks nothing; and the whole job in one process, beside pg_basebackup, which verifies nothing.
 */

import { join } from 'node:path';
import { stagesAfter } from './job-rows.ts';
import type { Material } from './material.ts';
import { dist, type Row, RUNS, THREADS } from './rows.ts';

/** All rows for which the peers are installed. */
export function pgdataRows(material: Material): Row[] {
  const { pgBasebackup, socket, folder, cluster } = material;
  if (pgBasebackup === undefined) return [];
  const jobs = Array.from({ length: THREADS }, (_, index) => index + 1);
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
  const backup = `${pgBasebackup} ${socket} -c fast`;
  const zstd = `-Z client-zstd:level=1,workers=${THREADS}`;
  return [
    ...jobs.map((number) => pipeRow(material, number, 'pg_basebackup', `${backup} -X none -Ft -D -`, 2.5)),
    ...jobs.map((number) => pipeRow(material, number, 'tar', tarOf(cluster.dataDirectory), 1.1)),
    {
      path: 'files of a server, verified, zstd:1, on disk: bb',
      peerName: 'pg_basebackup',
      ours: { command: inOneProcess(material, ours), before: `rm -rf ${ours}` },
      peer: { command: `${backup} -X fetch -Ft ${zstd} -D ${theirs}`, before: `rm -rf ${theirs}` },
      leftovers: [ours, theirs],
      atLeast: 1,
      serverPid: cluster.pid,
      runs: RUNS,
      outputs: { ours: `${ours}/base.tar.zst`, peer: `${theirs}/base.tar.zst` },
    },
  ];
}

function pipeRow(material: Material, jobs: number, peerName: string, peer: string, atLeast: number): Row {
  return {
    path: `files of a server -> pipe, -j ${jobs}`,
    peerName,
    ours: {
      command: `node ${join(dist, 'bb-stream.js')} ${source(material)} -X none -j ${jobs} | cat >/dev/null`,
    },
    peer: { command: `${peer} | cat >/dev/null` },
    atLeast,
    serverPid: material.cluster.pid,
    runs: RUNS,
  };
}

function inOneProcess(material: Material, target: string): string {
  const stages = [`stream ${source(material)} -X fetch -j ${THREADS}`, ...stagesAfter(target)];
  return `node ${join(dist, 'bb.js')} ${stages.join(' ! ')}`;
}

function source({ cluster }: Material): string {
  return `--pgdata=${cluster.dataDirectory} -U postgres -c fast`;
}

/** What ours reads, too. That a file has changed meanwhile is status 1 for tar, and nothing special here. */
function tarOf(directory: string): string {
  const left = "--exclude='pg_wal/*' --exclude=postmaster.pid";
  return `{ tar -c -f - ${left} -C ${directory} . 2>/dev/null || [ $? = 1 ]; }`;
}
