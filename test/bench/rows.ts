/**
 * What is measured: each row is a path of the data, our command for it and that of its peer, which does the same
 * job in C. "At least" is what must hold on a quiet machine of two cores; a ratio above 1 means that we are faster.
 */

import { join, resolve } from 'node:path';
import type { Material } from './material.ts';
import type { Timed } from './measure.ts';
import type { Piece } from './pieces.ts';

/** One line of the table. */
export interface Row {
  readonly path: string;
  readonly peerName: string;
  readonly ours: Timed;
  readonly peer: Timed;
  /** Of peer / ours by the wall clock, and in seconds of the processor. */
  readonly atLeast: number;
  readonly cpuAtLeast?: number;
  /** What the commands read. */
  readonly needs?: readonly Piece[];
  /** The peer does this part of the same work: its times count that many times. */
  readonly peerTimes?: number;
  /** A server whose processes count too. */
  readonly serverPid?: number | undefined;
  /** Too long for every bench: measured only when its path is asked for. */
  readonly onRequest?: boolean;
  /** Bytes of memory that ours may take. */
  readonly mostMemory?: number;
  readonly runs: number;
  /** A command that must succeed at the end. */
  readonly check?: string;
  /** What the commands leave behind, to be removed at the end. */
  readonly leftovers?: readonly string[];
  /** The files that the two write, where their sizes are to be compared. */
  readonly outputs?: { readonly ours: string; readonly peer: string };
}

export const RUNS = 3;
const MANY_RUNS = 15;
export const dist = resolve('dist');
export const split = `node ${join(dist, 'bb-split.js')}`;
/** What peers that have the choice, and ours, may use. */
export const THREADS = 2;

/** All rows for the material. */
export function rows(material: Material): Row[] {
  return [...serverRows(material), ...splitRows(material), relocateRow(material), startUpRow()];
}

function serverRows({ socket, tcp, pgBasebackup, folder }: Material): Row[] {
  if (pgBasebackup === undefined) return [];
  const ours = (connection: string) => `node ${join(dist, 'bb-stream.js')} ${connection} -c fast -X none`;
  const peer = (connection: string) => `${pgBasebackup} ${connection} -c fast -X none -Ft -D -`;
  const row = (path: string, connection: string, end: string, atLeast: number): Row => ({
    path,
    peerName: 'pg_basebackup',
    ours: { command: `${ours(connection)} ${end}`, before: `rm -f ${folder}/out` },
    peer: { command: `${peer(connection)} ${end}`, before: `rm -f ${folder}/out` },
    leftovers: [`${folder}/out`],
    atLeast,
    runs: RUNS,
  });
  return [
    row('server (unix socket) -> pipe', socket, '| cat >/dev/null', 1.4),
    row('server (unix socket) -> file', socket, `>${folder}/out`, 1.3),
    row('server over TCP -> pipe', tcp, '| cat >/dev/null', 1.2),
    row('server (unix socket) -> /dev/null', socket, '>/dev/null', 0.85),
  ];
}

/**
 * What streaming WAL costs while the server is being written to. There is no peer for WAL in a pipe: pg_basebackup
 * refuses it, so ours without WAL stands in.
 */
export function busyRows({ socket }: Material): Row[] {
  const command = (method: string) =>
    `node ${join(dist, 'bb-stream.js')} ${socket} -c fast -X ${method} | cat >/dev/null`;
  return [
    {
      path: 'busy server -> pipe, with WAL (-X stream)',
      peerName: 'ours, -X none',
      ours: { command: command('stream') },
      peer: { command: command('none') },
      atLeast: 0.8,
      runs: RUNS,
    },
  ];
}

function splitRows({ folder, large, small, tar }: Material): Row[] {
  const target = `${folder}/out`;
  const row = (path: string, ours: string, peer: string, atLeast: number, needs: Piece): Row => ({
    path,
    peerName: peer.split(' ')[0] ?? peer,
    ours: { command: ours, before: `rm -rf ${target}` },
    peer: { command: peer, before: `rm -rf ${target} && mkdir ${target}` },
    leftovers: [target],
    atLeast,
    needs: [needs],
    runs: RUNS,
  });
  const extract = (from: string) => `tar -x -C ${target} -f - <${from}`;
  return [
    row(
      'split to tar files',
      `cat ${large} | ${split} -N -D ${target}`,
      `cat ${tar} | tar -x -C ${target} -f -`,
      1.1,
      'large',
    ),
    row(
      'split to plain files',
      `cat ${large} | ${split} -N -Fp -D ${target}`,
      `cat ${tar} | tar -x -C ${target} -f -`,
      1.1,
      'large',
    ),
    row(
      '20,000 files of 8 kB',
      `${split} -N -Fp -D ${target} <${small.stream}`,
      extract(small.tar),
      0.9,
      'small',
    ),
    row('list', `cat ${large} | ${split} --list >/dev/null`, `cat ${tar} | tar -t >/dev/null`, 1.5, 'large'),
  ];
}

/** What moving tablespaces costs in a pipeline: there is no peer, so cat stands in, which does nothing at all. */
function relocateRow({ movable }: Material): Row {
  const through = (filter: string) => `cat ${movable} | ${filter} | cat >/dev/null`;
  return {
    path: 'relocate, in a pipeline',
    peerName: 'cat',
    ours: { command: through(`node ${join(dist, 'bb-relocate.js')} --all-into=/mnt`) },
    peer: { command: through('cat') },
    atLeast: 0.5,
    needs: ['movable'],
    runs: RUNS,
  };
}

/** Starting may take 1.4 times as long as Node.js itself does, so the ratio must be at least 1 / 1.4. */
function startUpRow(): Row {
  return {
    path: 'start-up (--version)',
    peerName: 'node -e 0',
    ours: { command: `${split} --version >/dev/null` },
    peer: { command: 'node -e 0' },
    atLeast: 0.71,
    runs: MANY_RUNS,
  };
}
