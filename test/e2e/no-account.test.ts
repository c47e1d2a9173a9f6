/**
 * A user ID without an account and without HOME, as in containers. The tools work without a home directory and a user
 * name, and report an error only where a name is needed. Only root can become such a user.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, giveTo } from '../support/account.ts';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { type Finished, run } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { startSmallCluster } from './support/small-cluster.ts';

const UNKNOWN: Account = { uid: 54321, gid: 54321 };

const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write('not run by root: what is for users without an account is skipped\n');

function runTool(name: string, args: readonly string[], stdin?: Buffer): Promise<Finished> {
  const { command } = tool(name, []);
  const input = stdin === undefined ? {} : { stdin };
  return run('env', ['-i', `PATH=${process.env.PATH}`, command, ...args], { account: UNKNOWN, ...input });
}

describe.skipIf(!isRoot)('a user without an account', () => {
  const folder = temporaryFolder();
  let cluster: Cluster;
  let stream: Buffer;

  beforeAll(async () => {
    giveTo(UNKNOWN, folder);
    cluster = await startSmallCluster({
      hba: ['local replication u_scram scram-sha-256', 'local replication postgres trust'],
    });
    await cluster.query("CREATE ROLE u_scram LOGIN REPLICATION PASSWORD 'secret'");
    const { status, stdout, stderr } = await runTool('bb-stream', [
      ...cluster.connectionOptions,
      '-c',
      'fast',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    stream = stdout;
  });

  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(folder);
  });

  it.each([
    ['bb-verify', []],
    ['bb-split', ['-D', join(folder, 'tar')]],
    ['bb-split', ['-Fp', '-D', join(folder, 'plain')]],
    [
      'bb-split',
      ['-Fp', '-R', '--primary-conninfo=host=db1 sslmode=verify-full', '-D', join(folder, 'standby')],
    ],
    ['bb-split', ['--list']],
    ['bb-split', ['--filter=cat >/dev/null']],
    ['bb-compress', ['-Z', 'gzip']],
    ['bb-relocate', ['--list']],
  ])('runs %s %j', async (name, args) => {
    const { status, stderr } = await runTool(name, args, stream);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('takes a standby to its primary by the environment', async () => {
    const { command } = tool('bb-split', []);
    const directory = join(folder, 'by-environment');
    const variables = [`PATH=${process.env.PATH}`, 'PGHOST=db1'];
    const args = ['-i', ...variables, command, '-Fp', '-R', '-D', directory];
    expect(await run('env', args, { account: UNKNOWN, stdin: stream })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it('checks whether a backup would work', async () => {
    const { status, stderr } = await runTool('bb-stream', [...cluster.connectionOptions, '--check']);
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each<[name: string, args: string[], complaint: string]>([
    ['a name that is needed', ['-h', 'localhost'], 'local user with ID 54321 does not exist'],
    [
      'authorities that are needed',
      ['-d', 'host=127.0.0.1 user=u sslmode=verify-ca'],
      'could not get home directory to locate root certificate file',
    ],
    ['a service without a file', ['-d', 'service=nosuch user=u'], 'definition of service "nosuch" not found'],
  ])('misses %s', async (_name, args, complaint) => {
    const { status, stderr } = await runTool('bb-stream', args);
    expect(status).toBe(2);
    expect(stderr).toMatch(new RegExp(`^bb-stream: error: .*${complaint}`));
  });

  it('is warned of a password file that it may not read', async () => {
    const file = join(folder, 'passfile');
    writeFileSync(file, '*:*:*:*:secret\n', { mode: 0o600 });
    const conninfo = `host=${cluster.folder} port=${cluster.port} user=u_scram passfile=${file}`;
    const { status, stderr } = await runTool('bb-stream', ['-w', '-d', conninfo]);
    expect(status).toBe(2);
    const [warning, error] = stderr.split('\n');
    expect(warning).toBe(`bb-stream: warning: could not read password file "${file}": Permission denied`);
    expect(error).toMatch(/^bb-stream: error: .*: fe_sendauth: no password supplied$/);
  });

  it('finds what HOME has', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    const { command } = tool('bb-stream', []);
    const args = [
      '-i',
      `PATH=${process.env.PATH}`,
      `HOME=${home}`,
      command,
      '-d',
      'user=u sslmode=verify-ca host=127.0.0.1',
    ];
    const { stderr } = await run('env', args, { account: UNKNOWN });
    expect(stderr).toContain(`root certificate file "${home}/.postgresql/root.crt" does not exist`);
  });
});
