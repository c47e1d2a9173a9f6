/**
 * What it takes to restore a chain of incremental backups from where it is stored: bb-combine, beside unpacking all of
 * them and pg_combinebackup, which writes and reads everything twice. The peer needs the disk for the unpacked backups
 * besides.
 */

import { join } from 'node:path';
import { type Chain, chainOf } from './chain.ts';
import type { Material } from './material.ts';
import { dist, type Row, RUNS, split } from './rows.ts';
import { tebibyteOf } from './tebibyte.ts';

const MEGABYTE = 1e6;
const MOST_MEMORY_BYTES = 160 * MEGABYTE;
/** How much larger the large cluster is than the small one. */
const TIMES = 16;
const combine = `node ${join(dist, 'bb-combine.js')}`;

/** All rows; those with a peer where that is installed. */
export function combineRows(material: Material): Row[] {
  const chain = chainOf(material);
  return [...(chain === undefined ? [] : chainRows(material.folder, chain)), tebibyteRow(material)];
}

function chainRows(folder: string, chain: Chain): Row[] {
  const [target, copy, kept, theirs] = ['combined', 'copy', 'kept', 'theirs'].map((name) =>
    join(folder, name),
  );
  const { tars, compressed, pgCombinebackup } = chain;
  const unpacked = tars.map((_, number) => join(theirs ?? '', String(number)));
  const plain = (place: string) => `tar -x -f ${place}`;
  const zstd = (place: string) => `zstd -dcq ${place}.zst | tar -x`;
  const unpack = (places: readonly string[], extract: (place: string) => string) =>
    places.flatMap((place, number) => [
      `mkdir -m 700 -p ${unpacked[number]}/pg_wal`,
      `cp ${place}/backup_manifest ${unpacked[number]}`,
      `(cd ${unpacked[number]} && ${extract(`${place}/base.tar`)})`,
      `(cd ${unpacked[number]}/pg_wal && ${extract(`${place}/pg_wal.tar`)})`,
    ]);
  const together = (count: number) =>
    `${pgCombinebackup} -N -o ${theirs}/combined ${unpacked.slice(0, count).join(' ')}`;
  const peer = (...commands: readonly string[]) => ({
    command: commands.join(' && '),
    before: `rm -rf ${theirs}`,
  });
  const row = (what: string, atLeast: number) => ({
    path: `combine 3 backups, ${what}`,
    peerName: 'pg_combineb.',
    needs: ['chain'] as const,
    leftovers: [target, copy, kept, theirs].flatMap((path) => path ?? []),
    atLeast,
    mostMemory: MOST_MEMORY_BYTES,
    runs: RUNS,
  });
  const fresh = `rm -rf ${target}`;
  return [
    {
      ...row('tars to a directory', 1.5),
      ours: { command: `${combine} -N -D ${target} ${tars.join(' ')}`, before: fresh },
      peer: peer(...unpack(tars, plain), together(3)),
    },
    {
      ...row('zstd to a directory', 1.2),
      ours: { command: `${combine} -N -D ${target} ${compressed.join(' ')}`, before: fresh },
      peer: peer(...unpack(compressed, zstd), together(3)),
    },
    {
      ...row('tars to tars', 1),
      ours: { command: `${combine} ${tars.join(' ')} | ${split} -N -D ${target}`, before: fresh },
      peer: peer(...unpack(tars, plain), together(3), `tar -c -f ${theirs}/base.tar -C ${theirs}/combined .`),
    },
    {
      ...row('one onto the other (--apply)', 1.5),
      ours: {
        command: `${combine} --apply -N -D ${copy} ${tars[1]}`,
        before: `[ -e ${kept} ] || ${split} -N -Fp -D ${kept} ${tars[0]}; rm -rf ${copy}; cp -a ${kept} ${copy}`,
      },
      peer: peer(...unpack(tars.slice(0, 2), plain), together(2)),
    },
  ];
}

/** There is no peer: it would write a tebibyte. */
function tebibyteRow(material: Material): Row {
  const target = join(material.folder, 'combined');
  const ours = (segments: number) => ({
    command: `${combine} -N -D ${target} ${tebibyteOf(material, segments).join(' ')}`,
    before: `rm -rf ${target}`,
  });
  return {
    path: 'combine 3 backups, 1 TiB, memory',
    peerName: `1/${TIMES} of it`,
    needs: ['tebibyte'],
    ours: ours(1024),
    peer: ours(1024 / TIMES),
    peerTimes: TIMES,
    leftovers: [target],
    atLeast: 0.8,
    mostMemory: MOST_MEMORY_BYTES,
    runs: 1,
    onRequest: true,
  };
}
