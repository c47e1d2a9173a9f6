/**
 * Signals to bb-stream while it waits for anything: it stops within a second, writes an abort if there is a reader,
 * cancels the backup at the server, and dies by the signal. SIGUSR1 is answered at any time.
 */

import { closeSync, constants, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { type Running, runOk, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import { FaultyNetwork } from './support/faulty-network.ts';
import { untilIdle } from './support/proc.ts';
import { places } from './support/recording.ts';
import { STOPPING, stop } from './support/signalling.ts';
import { startSmallCluster } from './support/small-cluster.ts';
import { expectNoWalsender } from './support/walsenders.ts';

const folder = temporaryFolder();
let runs = 0;
let streamFile: string;
let stream: Running | undefined;
let putAway: (() => unknown) | undefined;
let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSmallCluster({ tcp: true });
});

beforeEach(() => {
  streamFile = join(folder, `stream-${runs++}`);
});

/** After any failure, nothing is left for the next test. */
afterEach(async () => {
  stream?.process.kill('SIGKILL');
  await stream?.finished;
  await tidyUp();
});

async function tidyUp(): Promise<void> {
  await putAway?.();
  putAway = undefined;
}

afterAll(async () => {
  await cluster.dispose();
  removeFolder(folder);
});

/** Starts bb-stream with a file or a named pipe as standard output. */
function startStream(options: readonly string[], output = streamFile): Running {
  const program = tool('bb-stream', []).command;
  stream = start('sh', ['-c', 'exec "$@" >"$0"', output, program, ...options]);
  return stream;
}

/** Waits for the walsender that sends the backup; the one that sends WAL has a slot. */
async function untilWaitingFor(event: RegExp): Promise<void> {
  const sql =
    "SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'walsender'" +
    ' AND pid NOT IN (SELECT active_pid FROM pg_replication_slots WHERE active)';
  const waits = async () => (await cluster.query<[string]>(sql)).some(([name]) => event.test(name));
  await untilTrue(`the walsender waits for ${event.source}`, waits);
}

async function untilThrottled(): Promise<void> {
  await untilWaitingFor(/^BaseBackupThrottle$/);
  await untilTrue('contents have come', () => statSync(streamFile).size > 16_384);
}

/** Something that bb-stream may wait for. */
interface Situation {
  readonly name: string;
  /** Starts bb-stream and waits until it waits. */
  arrange(): Promise<Running>;
  /** Whether nobody reads the abort. */
  readonly blocked?: boolean;
  readonly progress: RegExp;
}

const CHECKPOINT = /^bb-stream: waiting for checkpoint\n$/;
const NOTHING_YET = /^bb-stream: 0 bytes, 0 bytes\/s\n$/;
const SOMETHING = /^bb-stream: \S+ (kB|MB) of \d+ MB \(\d+%\), .*\/s, .* left, base\.tar\n$/;

const SITUATIONS: readonly Situation[] = [
  {
    name: 'the checkpoint is spread',
    arrange: async () => {
      await cluster.query('DROP TABLE IF EXISTS t; CREATE TABLE t AS SELECT generate_series(1, 200000)');
      const started = startStream([...cluster.connectionOptions, '-c', 'spread']);
      await untilWaitingFor(/^Checkpoint(Start|Done)$/);
      return started;
    },
    progress: CHECKPOINT,
  },
  {
    name: 'the server throttles',
    arrange: async () => {
      const started = startStream([...cluster.connectionOptions, '-c', 'fast', '-r', '128']);
      await untilThrottled();
      return started;
    },
    progress: SOMETHING,
  },
  {
    name: 'the reader of standard output is asleep',
    arrange: async () => {
      const pipe = join(folder, `pipe-${Date.now()}`);
      await runOk('mkfifo', [pipe]);
      const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      const started = startStream([...cluster.connectionOptions, '-c', 'fast'], pipe);
      await untilWaitingFor(/^ClientWrite$/);
      await untilIdle(started);
      putAway = () => closeSync(reader);
      return started;
    },
    blocked: true,
    progress: SOMETHING,
  },
  {
    name: 'the server does not answer',
    arrange: async () => {
      let connections = 0;
      const silent = createServer(() => connections++).listen(join(folder, '.s.PGSQL.1'));
      const started = startStream(['-h', folder, '-p', '1']);
      await untilTrue('it has connected', () => connections === 1);
      putAway = () => silent.close();
      return started;
    },
    progress: NOTHING_YET,
  },
  {
    name: 'the network lets nothing through',
    arrange: async () => {
      const network = await FaultyNetwork.start(cluster.port);
      const connection = ['-h', '127.0.0.1', '-p', String(network.port), '-U', 'postgres'];
      const started = startStream([...connection, '-c', 'fast', '-r', '128']);
      await untilThrottled();
      network.freeze();
      putAway = () => network.close();
      return started;
    },
    progress: SOMETHING,
  },
];

describe.each(SITUATIONS)('while $name', ({ arrange, blocked = false, progress }) => {
  it.each(STOPPING)('%s', async (signal, status) => {
    const end = await stop(await arrange(), signal);
    expect(end).toMatchObject({ status, stderr: '' });
    if (!blocked) {
      const bytes = readFileSync(streamFile);
      const last = [...places(bytes)].at(-1);
      expect(last).toMatchObject({ type: 'E', end: bytes.length });
      expect(bytes.toString('utf8', last?.start)).toContain(`Minterrupted by ${signal}\0`);
    }
    await tidyUp();
    await expectNoWalsender(cluster);
  });

  it('SIGUSR1', async () => {
    const started = await arrange();
    let printed = '';
    started.process.stderr?.on('data', (text: Buffer) => {
      printed += text.toString();
    });
    started.process.kill('SIGUSR1');
    await untilTrue('progress is printed', () => printed.endsWith('\n'), 1500);
    expect(printed).toMatch(progress);
    await stop(started, 'SIGTERM');
    expect(printed).toMatch(progress);
    await tidyUp();
    await expectNoWalsender(cluster);
  });
});

it('a second signal does not wait', async () => {
  const started = await SITUATIONS.find(({ blocked }) => blocked)?.arrange();
  if (started === undefined) throw new Error('there is no situation in which the first one takes its time');
  started.process.kill('SIGINT');
  await setTimeout(100);
  expect((await stop(started, 'SIGTERM')).status).toBe(143);
  await expectNoWalsender(cluster);
});
