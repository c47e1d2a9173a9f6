/**
 * What becomes of time and memory when a backup grows: the same pipeline on backups of which one is twice as large as
 * the other, or ten times. The times of the smaller one count that many times, so that 1 means: in proportion.
 */

import { join } from 'node:path';
import { catCommand } from './generated.ts';
import { stagesAfter } from './job-rows.ts';
import type { Material } from './material.ts';
import { GROWN, grownStream } from './pieces.ts';
import { dist, type Row } from './rows.ts';

const RUNS = 2;
const LINEAR = 0.9;
const MEGABYTE = 1e6;
const MOST_MEMORY_BYTES = 160 * MEGABYTE;
/** For each file of the manifest: 600 MB for a million. */
const MEMORY_OF_FILE_BYTES = (600 * MEGABYTE) / 1e6;

/** All rows. */
export function scaleRows(material: Material): Row[] {
  const target = join(material.folder, 'scale');
  const [verify, compress, split] = stagesAfter(target);
  const through = (...stages: (string | undefined)[]) => `node ${join(dist, 'bb.js')} ${stages.join(' ! ')}`;
  const toFiles = (command: string) => ({
    command: `${command} | ${through(verify, compress, split)}`,
    before: `rm -rf ${target}`,
  });
  const bytes = (gigabytes: Parameters<typeof catCommand>[1]) => catCommand(material.generated, gigabytes);
  const files = (name: keyof typeof GROWN) => `cat ${grownStream(material, name)}`;
  const twice = (what: string) => ({
    path: `scale: ${what} through bb`,
    peerName: 'half of it',
    peerTimes: 2,
    leftovers: [target],
    atLeast: LINEAR,
    runs: RUNS,
  });
  const large = (what: string, peerTimes: number) => ({
    ...twice(what),
    peerName: `1/${peerTimes} of it`,
    peerTimes,
    onRequest: true,
    runs: 1,
  });
  const nowhere = (command: string) => ({ command: `${command} | ${through(verify, compress)} >/dev/null` });
  return [
    { ...twice('2 GiB'), needs: ['generated'], ours: toFiles(bytes(2)), peer: toFiles(bytes(1)) },
    {
      ...twice('4 GiB'),
      needs: ['generated'],
      ours: toFiles(bytes(4)),
      peer: toFiles(bytes(2)),
      mostMemory: MOST_MEMORY_BYTES,
    },
    {
      ...twice('500,000 files'),
      needs: ['files250', 'files500'],
      ours: toFiles(files('files500')),
      peer: toFiles(files('files250')),
    },
    {
      ...twice('1,000,000 files'),
      needs: ['files500', 'files1000'],
      ours: toFiles(files('files1000')),
      peer: toFiles(files('files500')),
      mostMemory: MEMORY_OF_FILE_BYTES * GROWN.files1000.files,
    },
    {
      ...large('100 GiB', 10),
      needs: ['generated'],
      ours: nowhere(bytes(100)),
      peer: nowhere(bytes(10)),
      mostMemory: MOST_MEMORY_BYTES,
    },
    {
      ...large('1,000 tablespaces with 2,000,000 files', 10),
      needs: ['tablespaces100', 'tablespaces1000'],
      ours: toFiles(files('tablespaces1000')),
      peer: toFiles(files('tablespaces100')),
      mostMemory: MEMORY_OF_FILE_BYTES * GROWN.tablespaces1000.files,
    },
  ];
}
