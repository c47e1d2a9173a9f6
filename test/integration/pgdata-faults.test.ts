/**
 * Backups of running servers from their files that cannot succeed: one clear line, an abort in the stream, and nothing
 * left at the server.
 */

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readStream } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { type Finished, run, start } from '../support/run.ts';
import { type Server, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';

const PAGE_BYTES = 8192;
/** So slow that the backup does not end by itself. */
const SLOW = ['-r', '32k'];

// What is refused does not depend on the version.
const server = servers()[0] as Server;
let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.create({ server, initdb: ['--data-checksums', '--wal-segsize=1'] });
  await cluster.start();
  await cluster.query('CREATE TABLE t AS SELECT generate_series(1, 100000) AS id');
});
afterAll(() => cluster?.dispose());

const command = (options: readonly string[], directory = cluster.dataDirectory) =>
  tool('bb-stream', [`--pgdata=${directory}`, '-c', 'fast', '-U', 'postgres', ...options]);

function runOnline(options: readonly string[], directory?: string): Promise<Finished> {
  const { command: program, args } = command(options, directory);
  return run(program, args);
}

function startOnline(options: readonly string[]) {
  const { command: program, args } = command(options);
  return start(program, args);
}

async function numberOf(sql: string): Promise<number> {
  return Number((await cluster.query<[string]>(`SELECT count(*) ${sql}`))[0]?.[0]);
}

const SESSIONS = "FROM pg_stat_activity WHERE application_name = 'bb-stream'";
/** The session that started the backup. */
const BEGUN = `${SESSIONS} AND state = 'idle' AND query LIKE '%backup%start%'`;

const untilBegun = () => untilTrue('the backup has begun', async () => (await numberOf(BEGUN)) > 0);

/** How often the server has said that a backup was aborted. */
function aborts(): number {
  return cluster.logTail(10_000).split(/aborting backup due to backend exiting/).length - 1;
}

describe('nothing is left at the server', () => {
  let before: number;
  beforeEach(() => {
    before = aborts();
  });

  const untilClean = async () => {
    await untilTrue('backup mode has ended', () => aborts() > before);
    await untilTrue('all sessions have ended', async () => (await numberOf(SESSIONS)) === 0);
    expect(await numberOf('FROM pg_replication_slots')).toBe(0);
  };

  it.each([[[]], [['-X', 'fetch']]])('after SIGKILL, with %j', async (options) => {
    const running = startOnline([...SLOW, ...options]);
    await untilBegun();
    running.process.kill('SIGKILL');
    await running.finished;
    await untilClean();
  });

  it('after SIGTERM, and the stream ends with an abort', async () => {
    const running = startOnline(SLOW);
    await untilBegun();
    running.process.kill('SIGTERM');
    const { status, stdout } = await running.finished;
    expect(status).toBe(143);
    expect((await readStream(stdout)).error).toMatchObject({ message: expect.stringContaining('SIGTERM') });
    await untilClean();
  });

  it('after the session has been ended, which is noticed at once', async () => {
    const running = startOnline(SLOW);
    await untilBegun();
    const begun = performance.now();
    await cluster.query(`SELECT pg_terminate_backend(pid) ${BEGUN}`);
    const { status, stdout, stderr } = await running.finished;
    // The limit is a second, on a machine with nothing else to do.
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(status).toBe(2);
    expect(stderr).toContain(
      'connection to server was lost during the backup: FATAL:  terminating connection',
    );
    expect((await readStream(stdout)).error).toMatchObject({ message: expect.stringContaining('was lost') });
    await untilClean();
  });

  it('after the session has been ended while nobody reads the output', async () => {
    const { command: program, args = [] } = command([]);
    const reader = start('sh', ['-c', '"$0" "$@" | sleep 600', program, ...args]);
    let stderr = '';
    reader.process.stderr?.on('data', (piece: Buffer) => {
      stderr += piece.toString();
    });
    await untilBegun();
    await cluster.query(`SELECT pg_terminate_backend(pid) ${BEGUN}`);
    await untilTrue('the loss is told', () => stderr.includes('connection to server was lost'));
    process.kill(-(reader.process.pid ?? 0), 'SIGKILL');
    await untilClean();
  });
});

describe('a backup is refused', () => {
  it('if the data directory is that of another server', async () => {
    const other = await Cluster.create({ server });
    try {
      await other.start();
      const { status, stderr } = await runOnline(other.connectionOptions);
      expect(status).toBe(2);
      expect(stderr).toContain(`error: data directory "${cluster.dataDirectory}" is not that of the server`);
      expect(stderr).toMatch(/detail: Its system identifier is \d+, that of the server \d+\./);
    } finally {
      await other.dispose();
    }
  });

  it('if no server runs there', async () => {
    const stopped = await Cluster.create({ server });
    try {
      const { status, stderr } = await runOnline([], stopped.dataDirectory);
      expect(status).toBe(2);
      expect(stderr).toContain(`error: no server is running on data directory "${stopped.dataDirectory}"`);
    } finally {
      await stopped.dispose();
    }
  });

  it('if the user may not start it', async () => {
    await cluster.query('CREATE ROLE nobody LOGIN');
    const { status, stderr } = await runOnline(['-U', 'nobody', '-X', 'none']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/error: could not start backup: ERROR: {2}permission denied for function pg_/);
  });

  it('but a user who may do no more than that can take one', async () => {
    const functions =
      server.major < 15
        ? ['pg_start_backup(text, boolean, boolean)', 'pg_stop_backup(boolean, boolean)']
        : ['pg_backup_start(text, boolean)', 'pg_backup_stop(boolean)'];
    await cluster.query('CREATE ROLE operator LOGIN');
    for (const each of functions) await cluster.query(`GRANT EXECUTE ON FUNCTION ${each} TO operator`);
    const { status, stderr } = await runOnline(['-U', 'operator', '-X', 'fetch', '--no-slot']);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const slot = await runOnline(['-U', 'operator', '-X', 'fetch']);
    expect(slot.status).toBe(2);
    expect(slot.stderr).toContain('error: could not create temporary replication slot: ERROR:  ');
  });

  it('if a tablespace is not there', async () => {
    const location = await cluster.createTablespace('lost');
    rmSync(location, { recursive: true });
    const { status, stdout, stderr } = await runOnline([]);
    await cluster.query('DROP TABLESPACE lost').catch(() => {});
    expect(status).toBe(2);
    expect(stderr).toContain(`error: could not stat file or directory "${location}/PG_`);
    expect((await readStream(stdout)).error).toBeDefined();
  });
});

describe('corrupt pages', () => {
  let file: string;

  beforeAll(async () => {
    await cluster.query('CREATE TABLE damaged AS SELECT generate_series(1, 10000) AS id');
    await cluster.query('CHECKPOINT');
    file = (await cluster.query<[string]>("SELECT pg_relation_filepath('damaged')"))[0]?.[0] ?? '';
    const fd = openSync(join(cluster.dataDirectory, file), 'r+');
    writeSync(fd, Buffer.from('damage'), 0, 6, PAGE_BYTES + 4000);
    closeSync(fd);
  });
  afterAll(() => cluster.query('DROP TABLE damaged'));

  it('make the backup fail after all its data', async () => {
    const { status, stdout, stderr } = await runOnline([]);
    expect(status).toBe(1);
    expect(stderr).toContain(`warning: checksum verification failed in file "${file}", block 1: `);
    const { frames, error } = await readStream(stdout);
    expect(frames.some(({ type }) => type === 'manifest')).toBe(true);
    expect(error).toMatchObject({ message: expect.stringContaining('checksum verification failure') });
  });

  it('do not if they are not looked for', async () => {
    expect(await runOnline(['--no-verify-checksums'])).toMatchObject({ status: 0 });
  });
});
