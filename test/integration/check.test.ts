/**
 * bb-stream --check with real servers: each precondition is met or made to fail, and afterwards nothing is left at the
 * server.
 */

import { appendFileSync, chmodSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../lib/tool/stream/check/verdict.ts';
import { giveToServer } from '../support/account.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { type Finished, run } from '../support/run.ts';
import { server as defaultServer, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';

const ALL = [
  'connection',
  'authentication',
  'replication privilege',
  'server version',
  'wal level',
  'wal senders',
  'replication slot',
  'tablespaces',
  'files',
  'data checksums',
  'estimated size',
];

function runCheck(cluster: Cluster, options: readonly string[]): Promise<Finished> {
  const { command, args } = tool('bb-stream', [...cluster.connectionOptions, '--check', ...options]);
  return run(command, args);
}

/** The findings as `status what: detail`, by precondition. */
async function findings(cluster: Cluster, options: readonly string[] = []): Promise<Record<string, string>> {
  const { status, stdout, stderr } = await runCheck(cluster, ['--format=json', ...options]);
  const { version, ready, checks } = JSON.parse(stdout.toString());
  expect(version).toBe(1);
  expect(status).toBe(ready ? 0 : 2);
  const failures = checks.filter((check: Finding) => check.status === 'failed');
  const names = failures.map(({ what }: Finding) => what).join(', ');
  expect(stderr).toBe(ready ? '' : `bb-stream: error: a backup would fail: ${names}\n`);
  return Object.fromEntries(
    checks.map(({ what, status: verdict, detail }: Finding) => [what, `${verdict} ${detail}`]),
  );
}

/** The hints, by precondition. */
async function hints(cluster: Cluster, options: readonly string[]): Promise<Record<string, string>> {
  const { stdout } = await runCheck(cluster, ['--format=json', ...options]);
  const { checks } = JSON.parse(stdout.toString());
  return Object.fromEntries(
    checks.flatMap(({ what, hint }: Finding) => (hint === undefined ? [] : [[what, hint]])),
  );
}

/** Checks that no session and no slot of bb-stream is left. */
async function expectNothingLeft(cluster: Cluster): Promise<void> {
  const sessions =
    "SELECT application_name FROM pg_stat_activity WHERE backend_type = 'walsender' OR application_name = 'bb-stream'";
  await untilTrue('the sessions have gone', async () => (await cluster.query(sessions)).length === 0);
  const slots = "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'bb%' OR temporary";
  expect(await cluster.query(slots)).toEqual([]);
}

describe.each(servers())('a server of version $major', (server) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({
      server,
      initdb: ['--wal-segsize=1'],
      settings: { wal_level: 'logical' },
    });
    await cluster.start();
    await cluster.query("SELECT pg_create_physical_replication_slot('there', true)");
    await cluster.query("SELECT pg_create_logical_replication_slot('logical', 'pgoutput')");
  });
  afterEach(() => expectNothingLeft(cluster));
  afterAll(() => cluster.dispose());

  it('is ready for a backup, and says so a line at a time', async () => {
    const { status, stdout, stderr } = await runCheck(cluster, []);
    const lines = stdout.toString().trimEnd().split('\n');
    expect(lines.map((line) => /^ok {7}([a-z ]+): ./.exec(line)?.[1])).toEqual(ALL);
    expect(lines).toEqual(
      expect.arrayContaining([
        'ok       authentication: as user "postgres"',
        'ok       wal level: logical',
        'ok       wal senders: 2 needed, 10 of 10 free',
        'ok       replication slot: one can be created, 8 of 10 free',
        'ok       tablespaces: 0',
        'ok       data checksums: on',
      ]),
    );
    expect([status, stderr]).toEqual([0, '']);
  });

  it('says the same as JSON', async () => {
    const found = await findings(cluster);
    expect(Object.keys(found)).toEqual(ALL);
    expect(found['server version']).toBe(`ok ${(await cluster.query('SHOW server_version'))[0]}`);
    expect(found['estimated size']).toMatch(/^ok about .* \(\d+ bytes\) without WAL$/);
  });

  it.each([
    { options: ['-S', 'there'], verdict: 'ok "there" exists and is not in use' },
    { options: ['-S', 'missing'], verdict: 'failed replication slot "missing" does not exist' },
    {
      options: ['-S', 'logical'],
      verdict: 'failed replication slot "logical" is logical, but must be physical',
    },
    { options: ['-C', '-S', 'bb_new'], verdict: 'ok one can be created, 8 of 10 free' },
    { options: ['-C', '-S', 'there'], verdict: 'failed replication slot "there" already exists' },
    {
      options: ['-C', '-S', 'Bad"Name'],
      verdict: 'failed replication slot name "Bad"Name" contains invalid character',
    },
    {
      options: ['-C', '-S', 'Bad Name'],
      verdict: 'failed replication slot name "Bad Name" contains invalid character',
    },
    { options: ['--no-slot'], verdict: 'ok none needed' },
    { options: ['-X', 'fetch'], verdict: 'ok none needed' },
  ])('judges the slot of $options', async ({ options, verdict }) => {
    expect((await findings(cluster, options))['replication slot']).toEqual(verdict);
  });

  it('tells when the slot is in use', async () => {
    const [[position = ''] = []] = await cluster.query<[string]>('SELECT pg_current_wal_lsn()');
    const user = await cluster.connect({ replication: 'true' } as object);
    user.query(`START_REPLICATION SLOT there PHYSICAL ${position}`).catch(() => {}); // cut off in the end
    const active = "SELECT active FROM pg_replication_slots WHERE slot_name = 'there'";
    await untilTrue('the slot is in use', async () => (await cluster.query<[boolean]>(active))[0]?.[0]);
    const found = await findings(cluster, ['-S', 'there']);
    expect(found['replication slot']).toBe('failed replication slot "there" is in use');
    await cluster.query('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active');
  });

  it('refuses what the version cannot do', async () => {
    const found = await findings(cluster, ['-i', '/nosuch', '-Z', 'server-gzip']);
    const complaint =
      server.major < 15
        ? 'server does not support server-side compression'
        : 'server does not support incremental backup';
    if (server.major >= 17) {
      expect(found['server version']).toMatch(/^ok /);
      expect(found['previous backup']).toBe('failed summarize_wal is off');
    } else expect(found['server version']).toMatch(new RegExp(`^failed .*: ${complaint}$`));
  });
});

describe('a server that is not ready', () => {
  let cluster: Cluster | undefined;

  afterEach(async () => {
    await cluster?.dispose();
  });

  async function start(options: Parameters<typeof Cluster.create>[0]): Promise<Cluster> {
    cluster = await Cluster.create(options);
    await cluster.start();
    await cluster.query('CREATE ROLE rep LOGIN REPLICATION');
    await cluster.query('CREATE ROLE other LOGIN');
    return cluster;
  }

  it('because nobody listens', async () => {
    const stopped = await start({});
    await stopped.stop();
    const found = await findings(stopped);
    expect(found.connection).toMatch(
      /^failed connection to server .* failed: (No such file|Connection refused)/,
    );
    const others = Object.entries(found).filter(([what]) => what !== 'connection');
    expect(others.map(([what]) => what)).toEqual(ALL.slice(1));
    for (const [, verdict] of others) expect(verdict).toMatch(/^skipped there is no /);
  });

  it('because of pg_hba.conf, the role, or its privilege', async () => {
    const hba = ['local all all trust', 'local replication rep,other trust'];
    const guarded = await start({ hba });
    expect(await findings(guarded)).toMatchObject({
      connection: 'ok the server answers',
      authentication: expect.stringMatching(/^failed no pg_hba.conf entry for replication connection/),
      'replication privilege': 'skipped the server does not let us in',
      'wal level': 'ok replica',
      'wal senders': 'skipped there is no replication connection',
    });
    expect((await findings(guarded, ['-U', 'nobody'])).authentication).toMatch(/^failed /);
    expect(await findings(guarded, ['-U', 'other'])).toMatchObject({
      authentication: 'ok user is known',
      'replication privilege': expect.stringMatching(/^failed .*(replication|WAL sender)/),
    });
    await expectNothingLeft(guarded);
  });

  it('lists what was skipped in one line, and the hint on one', async () => {
    const guarded = await start({ hba: ['local all all reject'] });
    const { status, stdout } = await runCheck(guarded, ['-U', 'rep']);
    expect(status).toBe(2);
    const [connection, authentication, hint, ...more] = stdout.toString().trimEnd().split('\n');
    expect(connection).toBe('ok       connection: the server answers');
    expect(authentication).toMatch(/^failed {3}authentication: no pg_hba.conf entry/);
    expect(hint).toMatch(/^ {9}hint: Add the line "local replication rep scram-sha-256" to pg_hba.conf/);
    expect(more).toEqual([`skipped  ${ALL.slice(2).join(', ')}`]);
  });

  it('takes a line that it was told to add', async () => {
    const guarded = await start({ tcp: true, hba: ['local all all trust'] });
    await guarded.query("ALTER ROLE rep PASSWORD 'secret'");
    const conninfo = `host=127.0.0.1 user=rep password=secret sslmode=disable port=${guarded.port}`;
    const { authentication } = await hints(guarded, ['-h', '127.0.0.1', '-U', 'rep', '-d', conninfo]);
    const [, line = ''] = /^Add the line "(.*)" to pg_hba.conf/.exec(authentication ?? '') ?? [];
    expect(line).toBe('host replication rep 127.0.0.1/32 scram-sha-256');
    appendFileSync(join(guarded.dataDirectory, 'pg_hba.conf'), `${line}\n`);
    await guarded.query('SELECT pg_reload_conf()');
    await untilTrue('the line counts', async () => {
      const found = await findings(guarded, ['-h', '127.0.0.1', '-U', 'rep', '-d', conninfo]);
      return found.authentication === 'ok as user "rep"';
    });
  });

  it('because there is no password, and nobody to ask', async () => {
    const guarded = await start({
      hba: ['local all all scram-sha-256', 'local replication all scram-sha-256'],
    });
    expect(Object.values(await hints(guarded, ['-U', 'rep']))).toEqual([
      'Put the password into a password file or into PGPASSWORD.',
    ]);
  });

  it('because there is a file that it cannot read', async () => {
    const stray = await start({});
    const file = join(stray.dataDirectory, "an administrator's copy");
    writeFileSync(file, '', { mode: 0o600 });
    chmodSync(file, 0);
    mkdirSync(join(stray.dataDirectory, 'odd'), { mode: 0 });
    giveToServer(join(stray.dataDirectory, 'odd'));
    giveToServer(file);
    const found = await findings(stray);
    expect(found.files).toMatch(
      /^failed .*could not open file "an administrator's copy".*: Permission denied/,
    );
    expect(found.files).toMatch(/could not open directory "odd": Permission denied/);
    expect(found.files).toMatch(/; files in directories were not tried$/);
    rmdirSync(join(stray.dataDirectory, 'odd'));
    rmSync(file);
    expect((await findings(stray)).files).toMatch(/^ok /);
  });

  it('tells a plain role for replication what it may know, and how it may know more', async () => {
    const plain = await start({});
    await plain.createTablespace('fast');
    const found = await findings(plain, ['-U', 'rep']);
    expect(found).toMatchObject({
      'wal senders': 'ok 2 needed, 10 of 10 free',
      files: 'warning not known: the user may not read files of the server',
      'estimated size': 'warning not known: permission denied for tablespace fast',
    });
    expect(await hints(plain, ['-U', 'rep'])).toEqual({
      files: 'Superusers may ask, and users who may execute pg_ls_dir, pg_stat_file and pg_read_binary_file.',
      'estimated size': 'Use --estimate, or have a superuser run: GRANT pg_read_all_stats TO "rep"',
    });
    await plain.query('GRANT pg_read_all_stats TO rep');
    expect((await findings(plain, ['-U', 'rep']))['estimated size']).toMatch(/^ok about/);
    const other = await plain.connect({ replication: 'true' } as object);
    expect((await findings(plain, ['-U', 'rep']))['wal senders']).toBe('ok 2 needed, 9 of 10 free');
    await other.end();
  });

  it('because WAL senders are few', async () => {
    const few = await start({ settings: { max_wal_senders: 1 } });
    const complaint = /^failed 2 are needed: number of requested standby connections exceeds/;
    expect((await findings(few))['wal senders']).toMatch(complaint);
    expect((await findings(few, ['-X', 'fetch']))['wal senders']).toBe('ok 1 needed, 1 of 1 free');
    await expectNothingLeft(few);
  });

  it('because it has neither WAL senders nor WAL for them, nor checksums', async () => {
    const minimal = await start({ checksums: false, settings: { wal_level: 'minimal', max_wal_senders: 0 } });
    expect(await findings(minimal)).toMatchObject({
      connection: 'ok the server answers',
      authentication: 'skipped the server does not let us in',
      'wal level': 'failed minimal, but must be replica or logical',
      'wal senders': expect.stringMatching(/^failed number of requested standby connections exceeds/),
      'data checksums': 'warning off: nobody notices damaged pages',
    });
  });

  it('because it has no replication slots', async () => {
    const slotless = await start({ settings: { max_replication_slots: 0 } });
    expect((await findings(slotless))['replication slot']).toBe('failed all replication slots are in use');
    expect((await findings(slotless, ['--no-slot']))['replication slot']).toBe('ok none needed');
  });

  it('says what it cannot find out where SQL cannot be asked', async () => {
    const guarded = await start({ hba: ['local replication rep trust'] });
    await guarded.query("SELECT pg_create_physical_replication_slot('there', true)");
    const reason = 'not known: no pg_hba.conf entry for host';
    expect(await findings(guarded, ['-U', 'rep', '-S', 'there', '--no-verify-checksums'])).toMatchObject({
      'wal senders': 'ok 2 needed',
      'replication slot': expect.stringContaining(
        `warning "there" exists; whether it is in use is ${reason}`,
      ),
      tablespaces: expect.stringContaining(`warning ${reason}`),
      'data checksums': 'warning on, but not to be verified',
      'estimated size': expect.stringContaining(`warning ${reason}`),
    });
    const missing = await findings(guarded, ['-U', 'rep', '-S', 'missing']);
    expect(missing['replication slot']).toBe('failed replication slot "missing" does not exist');
    expect((await findings(guarded, ['-U', 'rep']))['replication slot']).toBe('ok one can be created');
  });

  it('asks in the database that was named', async () => {
    const guarded = await start({ hba: ['local replication rep trust', 'local template1 rep trust'] });
    const found = await findings(guarded, ['-U', 'rep', '-d', 'dbname=template1']);
    expect(found.tablespaces).toBe('ok 0');
    expect((await findings(guarded, ['-U', 'rep'])).tablespaces).toMatch(/^warning not known/);
  });
});

describe('tablespaces', () => {
  const folder = temporaryFolder();
  afterAll(() => removeFolder(folder));

  it('may have paths that a link in a tar could not hold: the backup is good', async () => {
    const cluster = await Cluster.create({ server: defaultServer(), initdb: ['--wal-segsize=1'] });
    try {
      await cluster.start();
      const location = await cluster.createTablespace('long', join(cluster.folder, 'x'.repeat(120)));
      await cluster.query('CREATE TABLE t TABLESPACE long AS SELECT 42 AS answer');
      expect((await findings(cluster)).tablespaces).toBe(
        'ok 1, 1 with a path too long for a link in a tar, but not for tablespace_map',
      );
      const data = join(folder, 'data');
      const moved = join(folder, 'y'.repeat(120));
      await pipelineOk([
        tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast']),
        tool('bb-split', ['-Fp', '-D', data, '-T', `${location}=${moved}`]),
      ]);
      const restored = await Cluster.adopt(data, cluster.server);
      await restored.start();
      expect(await restored.query('SELECT answer FROM t')).toEqual([[42]]);
      await restored.dispose();
    } finally {
      await cluster.dispose();
    }
  });
});
