/**
 * The kill table, part one: the server or the network fails during a backup. bb-stream says why in one line, exits
 * with 2, and ends its stream with an abort. bb-split repeats the reason, exits with 1, and leaves nothing.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { type PipelineResult, type RunningPipeline, startPipeline } from '../support/pipeline.ts';
import { freePort } from '../support/port.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import { FaultyNetwork } from './support/faulty-network.ts';
import { places } from './support/recording.ts';
import { startSmallCluster } from './support/small-cluster.ts';
import { Target } from './support/targets.ts';
import { expectNoWalsender } from './support/walsenders.ts';

const folder = temporaryFolder();
const streamFile = join(folder, 'stream');
let cluster: Cluster;
let network: FaultyNetwork;

beforeAll(async () => {
  cluster = await startSmallCluster({ tcp: true });
});

beforeEach(async () => {
  network = await FaultyNetwork.start(cluster.port);
});

afterEach(async () => {
  await network.close();
});

afterAll(async () => {
  await cluster.dispose();
  removeFolder(folder);
});

function startBackup(port: number, target: Target): RunningPipeline {
  const connection = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
  return startPipeline([
    // With one connection only; the loss of the connection for WAL is in test/integration/wal-failures.test.ts.
    tool('bb-stream', [...connection, '-c', 'fast', '-r', '1M', '-X', 'fetch']),
    { command: 'tee', args: [streamFile] },
    target.split(),
  ]);
}

/** The messages to the user. */
interface Words {
  /** The message of bb-stream, and that of the abort if it differs. */
  readonly message: string;
  readonly aborted?: string;
  readonly hint?: string;
  /** A warning of the server before that. */
  readonly warning?: string;
}

/** What happens in the middle of a backup. */
interface Blow extends Words {
  readonly name: string;
  strike(): unknown;
  /** Whether the server must be restarted. */
  readonly down?: boolean;
}

/** Checks that both tools report the failure, and that nothing is left. */
function expectAborted({ statuses, stderrs }: PipelineResult, words: Words): void {
  const { message, aborted = message, hint, warning } = words;
  const remark = hint === undefined ? '' : `bb-stream: hint: ${hint}\n`;
  const first = warning === undefined ? '' : `bb-stream: warning: ${warning}\n`;
  expect(stderrs[0]).toBe(`${first}bb-stream: error: ${message}\n${remark}`);
  expect(stderrs[2]).toBe(`bb-split: error: backup was aborted upstream: ${aborted}\n`);
  expect(statuses).toEqual([2, 0, 1]);
  const stream = readFileSync(streamFile);
  const last = [...places(stream)].at(-1);
  expect(last).toMatchObject({ type: 'E', end: stream.length });
  expect(stream.toString('utf8', last?.start)).toContain(`M${aborted}\0`);
}

const LOST = 'connection to server was lost during the backup';
const TERMINATED = 'terminating connection due to administrator command';
const CANCELLED = 'canceling statement due to user request';

function onWalsender(call: string): Promise<unknown> {
  return cluster.query(`SELECT ${call}(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'`);
}

const BLOWS: readonly Blow[] = [
  {
    name: 'the server is stopped at once',
    strike: () => cluster.stop('immediate'),
    message: `${LOST}: server closed the connection unexpectedly`,
    down: true,
  },
  {
    name: 'the server is stopped in order',
    strike: () => cluster.stop('fast'),
    message: `could not take base backup: FATAL:  ${TERMINATED}`,
    aborted: TERMINATED,
    down: true,
  },
  {
    name: 'the walsender is terminated',
    strike: () => onWalsender('pg_terminate_backend'),
    message: `could not take base backup: FATAL:  ${TERMINATED}`,
    aborted: TERMINATED,
  },
  {
    name: 'the backup is cancelled',
    strike: () => onWalsender('pg_cancel_backend'),
    message: `could not take base backup: ERROR:  ${CANCELLED}`,
    aborted: CANCELLED,
    warning: 'aborting backup due to backend exiting before pg_backup_stop was called',
  },
  {
    name: 'the connection is reset',
    strike: () => network.reset(),
    message: `${LOST}: Connection reset by peer`,
  },
  {
    name: 'the connection is closed',
    strike: () => network.hangUp(),
    message: `${LOST}: server closed the connection unexpectedly`,
  },
];

describe.each(['tar', 'plain'] as const)('a backup to %s', (format) => {
  it.each(BLOWS)('in which $name', async ({ strike, down = false, ...words }) => {
    const target = new Target(folder, format);
    const backup = startBackup(network.port, target);
    await untilTrue('files are being written', () => target.left().length > 1);
    await strike();
    const result = await backup.finished;
    expectAborted(result, words);
    target.expectNothing(result.stdout);
    if (down) await cluster.start();
    await expectNoWalsender(cluster);
  });
});

describe('a backup that cannot begin', () => {
  it('because nothing listens', async () => {
    const port = await freePort();
    const target = new Target(folder, 'plain');
    const result = await startBackup(port, target).finished;
    const message = `connection to server at "127.0.0.1", port ${port} failed: Connection refused`;
    const hint = 'Is the server running on that host and accepting TCP/IP connections?';
    expectAborted(result, { message, hint });
    target.expectNothing(result.stdout);
  });
});
