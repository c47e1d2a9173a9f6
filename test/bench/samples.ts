/**
 * Bytes to compress: pages like pgbench's, which shrink to nothing; as many of those as random ones, in turns of 8 MB or
 * a whole backup; and programs, Node.js itself, whose contents vary.
 */

import { join } from 'node:path';
import type { Cluster } from '../support/cluster.ts';
import type { Kind, Material } from './material.ts';

const SAMPLE_BYTES = 512 * 1024 ** 2;
const TURN_BYTES = 8 * 1024 ** 2;

/** The shell script that makes the samples of a kind. */
export async function sampleScript(kind: Kind, { cluster, samples }: Material): Promise<string> {
  const { short, long } = samples[kind];
  const repeat = (times: number, command: string) => `for ((i = 0; i < ${times}; i++)); do ${command}; done`;
  if (kind === 'programs')
    return `${repeat(3, `cat ${process.execPath}`)} >${short}; ${repeat(3, `cat ${short}`)} >${long}`;
  const [accounts = '', noise = ''] = await tableFiles(cluster);
  if (kind === 'pgbench')
    return `head -c ${SAMPLE_BYTES} ${accounts} >${short}; ${repeat(4, `cat ${short}`)} >${long}`;
  const turn = (table: string) => `dd bs=${TURN_BYTES} skip=$i count=1 status=none if=${table}`;
  return `${repeat(SAMPLE_BYTES / TURN_BYTES / 2, `${turn(accounts)}; ${turn(noise)}`)} >${short}`;
}

/** The files of the tables that compress well, and do not. */
export async function tableFiles(cluster: Cluster): Promise<string[]> {
  const rows = await cluster.query<[string]>(
    `SELECT pg_relation_filepath(name::regclass) FROM unnest('{accounts,noise}'::text[]) WITH ORDINALITY t(name, n) ORDER BY n`,
  );
  return rows.map(([path]) => join(cluster.dataDirectory, path));
}
