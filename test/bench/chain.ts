/**
 * A full backup and two incremental ones, as archives, plain and compressed: of a cluster of some 1.3 GB in which a part
 * of the blocks has changed, scattered and together. Needs a server that has incremental backups, and pg_combinebackup.
 */

import { join, resolve } from 'node:path';
import { Cluster } from '../support/cluster.ts';
import { runOk } from '../support/run.ts';
import { ownTool, type Server, servers } from '../support/servers.ts';
import type { Material } from './material.ts';
import { isTrial } from './trial.ts';

/** Where a chain is, and what combines it in C. */
export interface Chain {
  readonly pgCombinebackup: string;
  /** Directories, the full backup first. */
  readonly tars: readonly string[];
  /** The same with archives compressed by zstd. */
  readonly compressed: readonly string[];
}

const LIMIT_MS = 600_000;
const ROWS = isTrial ? 1_000_000 : 9_000_000;
/** What happens before each backup. */
const WORK: readonly (readonly string[])[] = [
  [
    `CREATE TABLE accounts AS SELECT g AS aid, 0 AS balance, repeat(' ', 84) AS filler
     FROM generate_series(1, ${ROWS}) g`,
    'CREATE INDEX ON accounts (aid)',
    'VACUUM accounts',
  ],
  ['UPDATE accounts SET balance = 1 WHERE aid % 2000 = 0', 'DELETE FROM accounts WHERE aid < 200000'],
  ['UPDATE accounts SET balance = 2 WHERE aid % 1700 = 0'],
];

/** Where it is, or is going to be; undefined where it cannot be made. */
export function chainOf({ folder }: Pick<Material, 'folder'>): Chain | undefined {
  const server = chainServer();
  const pgCombinebackup = server && ownTool('pg_combinebackup', server);
  if (pgCombinebackup === undefined) return undefined;
  const places = (name: string) => WORK.map((_, number) => join(folder, `${name}-${number}`));
  return { pgCombinebackup, tars: places('chain'), compressed: places('chain-zstd') };
}

/** Makes the chain. */
export async function makeChain(material: Pick<Material, 'folder'>): Promise<void> {
  const server = chainServer();
  const { tars = [], compressed = [] } = chainOf(material) ?? {};
  if (server === undefined) return;
  const settings = { summarize_wal: 'on', autovacuum: 'off', max_wal_size: '8GB', shared_buffers: '512MB' };
  const cluster = await Cluster.create({ server, settings });
  try {
    await cluster.start();
    for (const [number, statements] of WORK.entries()) {
      for (const statement of statements) await cluster.query(statement);
      await runOk('bash', ['-o', 'pipefail', '-ec', keep(cluster, tars, compressed, number)], {
        timeoutMs: LIMIT_MS,
      });
    }
  } finally {
    await cluster.dispose();
  }
}

function chainServer(): Server | undefined {
  return servers()
    .filter((server) => ownTool('pg_combinebackup', server) !== undefined)
    .at(-1);
}

/** The shell commands that take a backup. */
function keep(
  { connectionOptions }: Cluster,
  tars: readonly string[],
  compressed: readonly string[],
  number: number,
): string {
  const tool = (name: string) => `node ${resolve('dist', name)}.js`;
  const [tar, zstd] = [tars[number], compressed[number]];
  const incremental = number === 0 ? '' : `-i ${tars[number - 1]}/backup_manifest`;
  return [
    `${tool('bb-stream')} ${connectionOptions.join(' ')} -c fast ${incremental} | ${tool('bb-split')} -N -D ${tar}`,
    `mkdir ${zstd}`,
    `cp ${tar}/backup_manifest ${zstd}`,
    `for each in ${tar}/*.tar; do zstd -q -1 $each -o ${zstd}/\${each##*/}.zst; done`,
  ].join('\n');
}
