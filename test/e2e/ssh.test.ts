/**
 * Backups over SSH, with a real client and a real server: `ssh db1 bb-stream | bb-split`. Messages of the remote side
 * go to standard error and never into the data. Whatever part of the connection is killed, bb-split notices.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quote } from '../support/announce.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk, startPipeline } from '../support/pipeline.ts';
import { SshServer, sshIsInstalled } from '../support/sshd.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import { startSmallCluster } from './support/small-cluster.ts';
import { FORMATS, Target } from './support/targets.ts';
import { expectNoWalsender } from './support/walsenders.ts';

const O_NONBLOCK = 0o4000;

const installed = sshIsInstalled();
if (!installed) console.warn('OpenSSH (client and server) is not installed: backups over SSH are not tested');

describe.skipIf(!installed)('a backup over SSH', () => {
  const folder = temporaryFolder();
  let cluster: Cluster;
  let ssh: SshServer;

  beforeAll(async () => {
    cluster = await startSmallCluster();
    await cluster.query('CREATE TABLE t AS SELECT generate_series(1, 1000) AS id');
    ssh = await SshServer.start();
  });
  afterAll(async () => {
    await ssh?.close();
    await cluster?.dispose();
    removeFolder(folder);
  });

  /** The command line of bb-stream for the remote shell. */
  function remote(...options: string[]): string {
    return ['bb-stream', ...cluster.connectionOptions, '-c', 'fast', ...options].map(quote).join(' ');
  }

  it('restores a cluster that starts', async () => {
    const data = join(folder, 'data');
    const { stderrs } = await pipelineOk([ssh.command(remote()), tool('bb-split', ['-Fp', '-D', data])]);
    expect(stderrs).toEqual(['', '']);
    const restored = await Cluster.adopt(data, cluster.server);
    await restored.start();
    expect(await restored.query('SELECT count(*)::int FROM t')).toEqual([[1000]]);
    await restored.dispose();
  });

  it('has what the remote side says on standard error, and none of it in the data', async () => {
    const target = new Target(folder, 'tar');
    const { stderrs } = await pipelineOk([ssh.command(remote('-v', '--progress=json')), target.split()]);
    expect(stderrs[0]).toContain('bb-stream: initiating base backup, waiting for checkpoint to complete\n');
    expect(stderrs[0]).toMatch(/^\{"bytes":\d+,.*\}$/m);
    expect(stderrs[1]).toBe('');
    expect(readdirSync(target.directory)).toContain('backup_manifest');
  });

  it('that the server refuses says why on this side', async () => {
    const target = new Target(folder, 'plain');
    const { statuses, stdout, stderrs } = await pipeline([
      ssh.command(remote('-U', 'nobody-here')),
      target.split(),
    ]);
    expect(stderrs[0]).toMatch(
      /^bb-stream: error: connection to server .* role "nobody-here" does not exist\n$/,
    );
    expect(stderrs[1]).toMatch(/^bb-split: error: backup was aborted upstream: .* does not exist\n$/);
    expect(statuses).toEqual([2, 1]);
    target.expectNothing(stdout);
  });

  it('of a host that has no bb-stream is none', async () => {
    const target = new Target(folder, 'plain');
    const { statuses, stdout, stderrs } = await pipeline([ssh.command('bb-nosuch'), target.split()]);
    expect(stderrs[0]).toMatch(/not found/);
    expect(statuses).toEqual([127, 1]);
    target.expectNothing(stdout);
  });

  describe.each(FORMATS)('to %s', (format) => {
    it.each([
      { name: 'ssh is terminated', strike: (client: Client) => client.signal(0, 'SIGTERM') },
      { name: 'ssh is killed', strike: (client: Client) => client.signal(0, 'SIGKILL') },
      { name: 'the remote bb-stream is killed', strike: () => signalRemote('SIGKILL') },
      { name: 'the remote bb-stream is terminated', strike: () => signalRemote('SIGTERM') },
      { name: 'the SSH session is killed', strike: () => killSession() },
    ])('in which $name is not good', async ({ strike }) => {
      const target = new Target(folder, format);
      const backup = startPipeline([ssh.command(remote('-r', '1M')), target.split()]);
      const streamed = 'SELECT 1 FROM pg_stat_progress_basebackup WHERE backup_streamed > 300000';
      await untilTrue('data flows', async () => (await cluster.query(streamed)).length > 0);
      await strike(backup);
      const { statuses, stdout, stderrs } = await backup.finished;
      expect(statuses[0]).toBeGreaterThan(0);
      expect(statuses[1]).toBe(1);
      expect(stderrs[1]).toMatch(
        /^bb-split: error: (stream ended before its end|backup was aborted upstream: )/,
      );
      target.expectNothing(stdout);
      await expectNoWalsender(cluster);
    });
  });

  it('is whole though standard output is non-blocking', async () => {
    const target = new Target(folder, 'tar');
    const { command, args = [] } = ssh.command('sleep 60');
    const flags = join(folder, 'flags');
    // An ssh in the background makes the pipe that it shares with bb-stream non-blocking while it runs.
    const script = `${[command, ...args].map(quote).join(' ')} </dev/null &
      for try in $(seq 100); do grep -q 'flags:.*4001$' /proc/$$/fdinfo/1 && break; sleep 0.1; done
      grep flags: /proc/$$/fdinfo/1 >${quote(flags)}
      ${[tool('bb-stream', []).command, ...cluster.connectionOptions, '-c', 'fast'].map(quote).join(' ')}
      status=$?; kill $!; exit $status`;
    const slowly = { command: 'sh', args: ['-c', 'sleep 2; exec cat'] };
    await pipelineOk([{ command: 'bash', args: ['-c', script] }, slowly, target.split()]);
    const [, octal = '0'] = /flags:\s*([0-7]+)/.exec(readFileSync(flags, 'utf8')) ?? [];
    expect(Number.parseInt(octal, 8) & O_NONBLOCK).toBe(O_NONBLOCK);
    expect(readdirSync(target.directory)).toContain('backup_manifest');
  });

  /** The part of a pipeline that can be signalled. */
  type Client = Pick<ReturnType<typeof startPipeline>, 'signal'>;

  async function signalRemote(signal: NodeJS.Signals): Promise<void> {
    const pids = await ssh.processes('bb-stream');
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) process.kill(pid, signal);
  }

  /** Kills the server's processes for the connection, but not the listener. */
  async function killSession(): Promise<void> {
    for (const pid of await ssh.processes(`sshd: ${userInfo().username}`)) process.kill(pid, 'SIGKILL');
  }
});
