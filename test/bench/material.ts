/**
 * What is measured with: a running cluster with tables that compress well and tables that do not, and what is made of it
 * when a row needs it (pieces.ts), in memory (/dev/shm) where there is enough, so that the disk has no say.
 */

import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { atExit } from '../support/cleanup.ts';
import { Cluster } from '../support/cluster.ts';
import { clientTool, server, servers } from '../support/servers.ts';
import { isTrial } from './trial.ts';

/** A backup in both forms. */
export interface Backup {
  readonly stream: string;
  readonly tar: string;
}

/** A data directory, and its control file as it is and as that of a cluster that was shut down. */
export interface PlainBackup {
  readonly directory: string;
  readonly controlFile: string;
  readonly controlFileShutDown: string;
}

/** Bytes of one kind: some, and several times as many, so that the start of what is fast does not decide. */
export interface Sample {
  readonly short: string;
  readonly long: string;
}

/** The kinds of samples. */
export const KINDS = ['pgbench', 'mixed', 'programs'] as const;
export type Kind = (typeof KINDS)[number];

/** The material, as shell words. A file is there for the rows that say that they need it (rows.ts). */
export interface Material {
  readonly folder: string;
  readonly cluster: Cluster;
  /** Connection options over the Unix socket, and over TCP. */
  readonly socket: string;
  readonly tcp: string;
  /** The peers, where a client is installed that can talk to this server. */
  readonly pgBasebackup: string | undefined;
  readonly pgVerifybackup: string | undefined;
  readonly pgChecksums: string | undefined;
  /** A large backup's stream and tar. */
  readonly large: string;
  readonly tar: string;
  /** The stream of the same cluster with a tablespace. */
  readonly movable: string;
  readonly small: Backup;
  /** Bytes to compress, by what they are like. */
  readonly samples: Readonly<Record<Kind, Sample>>;
  /** More than 4 GiB of zeros, which take no room. */
  readonly zeros: string;
  /** The large backup as a data directory. */
  readonly plain: PlainBackup;
  /** The stream of a backup with a million files. */
  readonly million: string;
  /** The beginning of the paths of a generated backup's parts, see generated.ts. */
  readonly generated: string;
  /** Does something while a client keeps writing to the server. */
  readonly busily: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

const PART = isTrial ? 0.25 : 1;
const LARGE_ROWS = 8_500_000 * PART;
const NOISE_ROWS = 600_000 * PART;
const MEMORY = '/dev/shm';
/** All there is at a time, with what the commands write. */
const NEEDED_BYTES = 12e9;
/** The server's version: that of the peers in Debian 12. */
const MAJOR = 15;

/** Starts the cluster, lets the material be used, and removes all. */
export async function withMaterial<Result>(use: (material: Material) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(hasRoom(MEMORY) ? MEMORY : '/tmp', 'bb-bench-'));
  const forget = atExit(() => rmSync(folder, { recursive: true, force: true }));
  const chosen = servers().find(({ major }) => major === MAJOR) ?? server();
  const cluster = await Cluster.create({
    server: chosen,
    tcp: true,
    settings: { max_wal_size: '8GB', shared_buffers: '512MB' },
  });
  try {
    await cluster.start();
    await fill(cluster);
    return await use(describe(folder, cluster, chosen.major === MAJOR));
  } finally {
    await cluster.dispose();
    rmSync(folder, { recursive: true, force: true });
    forget();
  }
}

function describe(folder: string, cluster: Cluster, hasPeers: boolean): Material {
  const path = (name: string) => join(folder, name);
  const peer = (name: Parameters<typeof clientTool>[0]) => (hasPeers ? clientTool(name) : undefined);
  const tar = path('large/base.tar');
  const sample = (kind: Kind): Sample => ({ short: path(kind), long: path(`${kind}-long`) });
  return {
    folder,
    cluster,
    socket: cluster.connectionOptions.join(' '),
    tcp: `-h 127.0.0.1 -p ${cluster.port} -U postgres`,
    pgBasebackup: peer('pg_basebackup'),
    pgVerifybackup: peer('pg_verifybackup'),
    pgChecksums: peer('pg_checksums'),
    large: path('large.bb'),
    tar,
    movable: path('movable.bb'),
    small: { stream: path('small.bb'), tar: path('small/base.tar') },
    samples: {
      pgbench: sample('pgbench'),
      mixed: { ...sample('mixed'), long: tar },
      programs: sample('programs'),
    },
    zeros: path('zeros'),
    plain: {
      directory: path('plain'),
      controlFile: path('plain.control'),
      controlFileShutDown: path('plain.down'),
    },
    million: path('million.bb'),
    generated: path('generated'),
    busily: (work) => busily(cluster, work),
  };
}

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= NEEDED_BYTES;
}

/** Half like pgbench's tables, half random bytes: together about 2.4 GB. */
async function fill(cluster: Cluster): Promise<void> {
  await cluster.query(
    `CREATE TABLE accounts AS SELECT g AS aid, g / 100000 AS bid, 0 AS balance, repeat(' ', 84) AS filler
     FROM generate_series(1, ${LARGE_ROWS}) g`,
  );
  await cluster.query('CREATE TABLE noise (id int, bytes bytea)');
  await cluster.query('ALTER TABLE noise ALTER bytes SET STORAGE EXTERNAL');
  await cluster.query(
    `INSERT INTO noise SELECT g, (SELECT string_agg(sha512((g * 64 + s)::text::bytea), ''::bytea) FROM generate_series(1, 28) s)
     FROM generate_series(1, ${NOISE_ROWS}) g`,
  );
  await cluster.query('CHECKPOINT');
}

/** A client inserts rows in one transaction after the other, some 20 MB of WAL each. */
async function busily<Result>(cluster: Cluster, work: () => Promise<Result>): Promise<Result> {
  await cluster.query('CREATE TABLE traffic (id int, note text)');
  let stop = false;
  const insert = `INSERT INTO traffic SELECT g, repeat('x', 100) FROM generate_series(1, 100000) g`;
  const writer = (async () => {
    while (!stop) await cluster.query(`${insert}; TRUNCATE traffic`);
  })();
  try {
    return await work();
  } finally {
    stop = true;
    await writer;
  }
}
