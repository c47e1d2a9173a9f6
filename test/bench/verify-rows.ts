/** What bb-verify is measured at, beside the programs that check the same, or beside the pipeline without it. */

import { join } from 'node:path';
import type { Material } from './material.ts';
import { dist, type Row, RUNS, split } from './rows.ts';

const verify = `node ${join(dist, 'bb-verify.js')}`;
/** Of a manifest of a million files. */
const MOST_MEMORY_BYTES = 600e6;

/** All rows; those with a peer where that is installed. */
export function verifyRows(material: Material): Row[] {
  return [...directoryRows(material), ...streamRows(material)];
}

function directoryRows({ plain, pgVerifybackup, pgChecksums }: Material): Row[] {
  if (pgVerifybackup === undefined || pgChecksums === undefined) return [];
  const { directory, controlFile, controlFileShutDown } = plain;
  const withControlFile = (command: string, file: string) => ({
    command,
    before: `cp ${file} ${directory}/global/pg_control`,
  });
  return [
    {
      path: 'verify a directory, with pages',
      peerName: 'pg_verifybackup',
      ours: withControlFile(`${verify} -n -q ${directory}`, controlFile),
      peer: withControlFile(`${pgVerifybackup} -n -q ${directory}`, controlFile),
      atLeast: 1,
      needs: ['plain'],
      runs: RUNS,
    },
    {
      path: 'page checksums only',
      peerName: 'pg_checksums',
      ours: withControlFile(`${verify} -n -q -s --page-checksums ${directory}`, controlFileShutDown),
      peer: withControlFile(`${pgChecksums} -c -D ${directory} >/dev/null`, controlFileShutDown),
      atLeast: 1.1,
      needs: ['plain'],
      runs: RUNS,
    },
  ];
}

function streamRows({ folder, large, million }: Material): Row[] {
  const target = `${folder}/out`;
  const toFiles = `${split} -N -D ${target}`;
  return [
    {
      path: 'verify in the pipe, to files (--tee)',
      peerName: 'ours without',
      ours: { command: `cat ${large} | ${verify} --tee -n -q | ${toFiles}`, before: `rm -rf ${target}` },
      peer: { command: `cat ${large} | ${toFiles}`, before: `rm -rf ${target}` },
      leftovers: [target],
      atLeast: 0.85,
      needs: ['large'],
      runs: RUNS,
    },
    {
      path: 'a million files, memory',
      peerName: 'ours, --list',
      ours: { command: `${verify} -n -q <${million}` },
      peer: { command: `${split} --list >/dev/null <${million}` },
      atLeast: 0.2,
      needs: ['million'],
      mostMemory: MOST_MEMORY_BYTES,
      runs: 1,
    },
  ];
}
