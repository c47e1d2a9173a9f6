/**
 * What is measured with: a running cluster with tables that compress well and tables that do not, its backup as
 * a stream and as a tar, and another backup with many small files. All in memory (/dev/shm) where there is
 * enough, so that the disk has no say.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crc32c } from '../../lib/crc/crc32c.ts';
import { Cluster } from '../support/cluster.ts';
import { runOk } from '../support/run.ts';
import { clientTool, server, servers } from '../support/servers.ts';
import { writeMillion } from './million.ts';

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

/** The material, as shell words. */
export interface Material {
  readonly folder: string;
  /** Connection options over the Unix socket, and over TCP. */
  readonly socket: string;
  readonly tcp: string;
  /** The peer, where a client is installed that can talk to this server. */
  readonly pgBasebackup: string | undefined;
  readonly pgVerifybackup: string | undefined;
  /** A large backup's stream and tar. */
  readonly large: string;
  readonly tar: string;
  /** The stream of the same cluster with a tablespace. */
  readonly movable: string;
  readonly small: Backup;
  /** Bytes to compress, by what they are like. */
  readonly samples: Readonly<Record<'pgbench' | 'mixed' | 'programs', Sample>>;
  /** More than 4 GiB of zeros, which take no room. */
  readonly zeros: string;
  /** The large backup as a data directory. */
  readonly plain: PlainBackup;
  /** The stream of a backup with a million files. */
  readonly million: string;
  readonly pgChecksums: string | undefined;
  /** Does something while a client keeps writing to the server. */
  readonly busily: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

const LIMIT_MS = 600_000;
const SMALL_TABLES = 6667;
const LARGE_ROWS = 8_500_000;
const NOISE_ROWS = 600_000;
const SAMPLE_BYTES = 512 * 1024 ** 2;
const ZERO_BYTES = 4.5 * 1024 ** 3;
const MEMORY = '/dev/shm';
/** All there is at a time, with what the commands write. */
const NEEDED_BYTES = 20e9;
/** Of PostgreSQL 15. */
const CONTROL_STATE_AT = 16;
/** DB_SHUTDOWNED of enum DBState. */
const SHUT_DOWN = 1;
const CONTROL_CRC_AT = 288;

/** Makes the material, lets it be used, and removes it. */
export async function withMaterial<Result>(use: (material: Material) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(hasRoom(MEMORY) ? MEMORY : '/tmp', 'bb-bench-'));
  const chosen = servers().find(({ major }) => major === 15) ?? server();
  const large = await Cluster.create({
    server: chosen,
    tcp: true,
    settings: { max_wal_size: '8GB', shared_buffers: '512MB' },
  });
  try {
    await large.start();
    await fill(large);
    const stream = await back(large, join(folder, 'large'));
    const movable = await streamWithTablespace(large, join(folder, 'movable.bb'));
    const small = await smallBackup(chosen.major, join(folder, 'small'));
    const million = join(folder, 'million.bb');
    await writeMillion(small.stream, million);
    return await use({
      folder,
      socket: large.connectionOptions.join(' '),
      tcp: `-h 127.0.0.1 -p ${large.port} -U postgres`,
      pgBasebackup: chosen.major === 15 ? clientTool('pg_basebackup') : undefined,
      pgVerifybackup: chosen.major === 15 ? clientTool('pg_verifybackup') : undefined,
      large: stream.stream,
      tar: stream.tar,
      movable,
      small,
      samples: await takeSamples(large, folder, stream.tar),
      zeros: await takeZeros(join(folder, 'zeros')),
      plain: await plainBackup(stream.stream, join(folder, 'plain')),
      million,
      pgChecksums: chosen.major === 15 ? clientTool('pg_checksums') : undefined,
      busily: (work) => busily(large, work),
    });
  } finally {
    await large.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
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

/**
 * Pages like pgbench's, which shrink to nothing; as many of those as random ones, in turns of 8 MB or a whole backup;
 * and programs, Node.js itself, whose contents vary.
 */
async function takeSamples(cluster: Cluster, folder: string, backup: string): Promise<Material['samples']> {
  const file = async (table: string) => {
    const [[path = ''] = []] = await cluster.query<[string]>(`SELECT pg_relation_filepath('${table}')`);
    return join(cluster.dataDirectory, path);
  };
  const samples = {
    pgbench: { short: join(folder, 'pgbench'), long: join(folder, 'pgbench-long') },
    mixed: { short: join(folder, 'mixed'), long: backup },
    programs: { short: join(folder, 'programs'), long: join(folder, 'programs-long') },
  };
  const { pgbench, mixed, programs } = samples;
  const turn = (table: string) => `dd bs=8M skip=$i count=1 status=none if=${table}`;
  const [accounts, noise] = [await file('accounts'), await file('noise')];
  const turns = SAMPLE_BYTES / (16 * 1024 ** 2);
  const script = [
    `head -c ${SAMPLE_BYTES} ${accounts} >${pgbench.short}`,
    `for ((i = 0; i < 4; i++)); do cat ${pgbench.short}; done >${pgbench.long}`,
    `for ((i = 0; i < 3; i++)); do cat ${process.execPath}; done >${programs.short}`,
    `for ((i = 0; i < 3; i++)); do cat ${programs.short}; done >${programs.long}`,
    `for ((i = 0; i < ${turns}; i++)); do ${turn(accounts)}; ${turn(noise)}; done >${mixed.short}`,
  ];
  await runOk('bash', ['-ec', script.join('\n')], { timeoutMs: LIMIT_MS });
  return samples;
}

async function takeZeros(path: string): Promise<string> {
  await runOk('truncate', ['-s', `${ZERO_BYTES}`, path]);
  return path;
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

async function smallBackup(major: number, path: string): Promise<Backup> {
  const cluster = await Cluster.create({
    server: server(major),
    settings: { max_locks_per_transaction: 1024 },
  });
  try {
    await cluster.start();
    // A row, an index and a toast table: three files of 8 kB and one that is empty.
    await cluster.query(
      `DO $$ BEGIN FOR n IN 1..${SMALL_TABLES} LOOP
         EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, note text)', n);
         EXECUTE format('INSERT INTO t%s VALUES (1)', n);
       END LOOP; END $$`,
    );
    return await back(cluster, path);
  } finally {
    await cluster.dispose();
  }
}

/** A backup as a stream, and its base.tar. */
async function back(cluster: Cluster, path: string): Promise<Backup> {
  const stream = `${path}.bb`;
  const split = `node ${resolve('dist/bb-split.js')} -N -D ${path}`;
  await runOk('bash', ['-c', `${streamCommand(cluster)} >${stream} && ${split} <${stream}`], {
    timeoutMs: LIMIT_MS,
  });
  return { stream, tar: join(path, 'base.tar') };
}

/** A backup as a stream, of a cluster that has a tablespace only so long: pg_basebackup refuses those in a pipe. */
export async function streamWithTablespace(cluster: Cluster, stream: string): Promise<string> {
  await cluster.createTablespace('movable');
  await runOk('bash', ['-c', `${streamCommand(cluster)} >${stream}`], { timeoutMs: LIMIT_MS });
  await cluster.query('DROP TABLESPACE movable');
  return stream;
}

function streamCommand(cluster: Cluster): string {
  const options = [...cluster.connectionOptions, '-c', 'fast', '-X', 'none', '-w'];
  return `node ${resolve('dist/bb-stream.js')} ${options.join(' ')}`;
}

/** pg_checksums looks at no cluster that seems to be running. */
async function plainBackup(stream: string, directory: string): Promise<PlainBackup> {
  await runOk('bash', ['-c', `node ${resolve('dist')}/bb-split.js -Fp -N -D ${directory} <${stream}`], {
    timeoutMs: LIMIT_MS,
  });
  const bytes = readFileSync(join(directory, 'global/pg_control'));
  const backup = { directory, controlFile: `${directory}.control`, controlFileShutDown: `${directory}.down` };
  writeFileSync(backup.controlFile, bytes);
  bytes.writeUInt32LE(SHUT_DOWN, CONTROL_STATE_AT);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, CONTROL_CRC_AT)), CONTROL_CRC_AT);
  writeFileSync(backup.controlFileShutDown, bytes);
  return backup;
}
