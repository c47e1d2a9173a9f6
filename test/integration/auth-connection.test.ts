/**
 * Connections to real servers: choosing one of several hosts, queries, taking over the socket, cancelling, closing, and
 * a server that goes away.
 */

import { cpSync, writeFileSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { join } from 'node:path';
import { DatabaseError, parse, serialize } from 'pg-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBulkSocket, readBulk } from '../../lib/io/bulk-socket.ts';
import { loadLibc } from '../../lib/io/koffi.ts';
import type { Connection } from '../../lib/libpq/connect/connection.ts';
import { baseBackup } from '../../lib/libpq/replication/commands.ts';
import type { Report } from '../../lib/stream/server-report.ts';
import { makeCertificates } from '../support/auth-certificates.ts';
import { startAuthCluster, type Visit, visit } from '../support/auth-cluster.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { anyServer, type Server, server } from '../support/servers.ts';
import { untilTrue } from '../support/wait.ts';

/** Connects, or throws the reason. */
async function open(conninfo: string, options: Omit<Visit, 'conninfo'> = {}): Promise<Connection> {
  const { connection, error } = await visit({ conninfo, ...options });
  if (!connection) throw error;
  return connection;
}

const socketOf = ({ folder, port }: Cluster): string => `host=${folder} port=${port}`;

describe.each(anyServer())('PostgreSQL $version', (version) => {
  let cluster: Cluster;
  let standby: Cluster;
  const copy = temporaryFolder();

  beforeAll(async () => {
    cluster = await startAuthCluster(version);
    standby = await startStandby(cluster, join(copy, 'data'), version);
  });

  afterAll(async () => {
    await standby?.dispose();
    await cluster?.dispose();
    removeFolder(copy);
  });

  it('knows the version and the parameters of the server', async () => {
    const connection = await open(`${socketOf(cluster)} user=u_trust`);
    expect(connection.serverVersion.text).toContain(version.version);
    expect(Math.floor(connection.serverVersion.number / 10000)).toBe(version.major);
    expect(connection.parameters.get('client_encoding')).toBe('UTF8');
    await connection.close();
  });

  it('returns rows as text, and NULL as null', async () => {
    const connection = await open(`${socketOf(cluster)} user=u_trust`);
    const [row] = await connection.query('IDENTIFY_SYSTEM');
    expect(row).toEqual([expect.stringMatching(/^\d+$/), '1', expect.stringMatching(/^\w+\/\w+$/), null]);
    expect(await connection.query('SHOW wal_segment_size')).toEqual([['16MB']]);
    await connection.close();
  });

  it.each([
    ['', 'bb-stream'],
    ['application_name=mine', 'mine'],
  ])('goes, with "%s", under the name %s, and leaves nothing behind', async (parameter, name) => {
    const sessions = async (): Promise<unknown[]> =>
      await cluster.query(
        "SELECT 1 FROM pg_stat_activity WHERE usename = 'u_peer' AND application_name = $1",
        [name],
      );
    const connection = await open(`${socketOf(cluster)} user=u_peer ${parameter}`);
    expect(await sessions()).toHaveLength(1);
    await connection.close();
    await untilTrue('the session has ended', async () => (await sessions()).length === 0);
  });

  it('passes server options on, and notices back', async () => {
    const notices: Report[] = [];
    const connection = await open(
      `${socketOf(cluster)} user=u_trust options='-c client_min_messages=debug1'`,
      { hooks: { onNotice: (notice) => notices.push(notice) } },
    );
    await connection.query('IDENTIFY_SYSTEM');
    expect(notices).toContainEqual({
      severity: 'DEBUG',
      code: '00000',
      message: 'received replication command: IDENTIFY_SYSTEM',
    });
    await connection.close();
  });

  it('tells what the server does not understand, and goes on', async () => {
    const connection = await open(`${socketOf(cluster)} user=u_trust`);
    await expect(connection.query('SHOW no_such_parameter')).rejects.toMatchObject({
      name: 'ServerError',
      message:
        'could not send replication command "SHOW no_such_parameter":' +
        ' ERROR:  unrecognized configuration parameter "no_such_parameter"',
      code: '42704',
    });
    expect(await connection.query('IDENTIFY_SYSTEM')).toHaveLength(1);
    await connection.close();
  });

  it.each([
    ['any', 'primary'],
    ['read-write', 'primary'],
    ['primary', 'primary'],
    ['read-only', 'standby'],
    ['standby', 'standby'],
    ['prefer-standby', 'standby'],
  ])('of a primary and a standby, target_session_attrs=%s takes the %s', async (target, kind) => {
    const hosts = `host=${cluster.folder},${standby.folder} port=${cluster.port},${standby.port}`;
    const connection = await open(`${hosts} user=u_trust target_session_attrs=${target}`);
    expect(await connection.query('SHOW transaction_read_only')).toEqual([
      [kind === 'standby' ? 'on' : 'off'],
    ]);
    await connection.close();
  });

  it.each([
    ['read-only', 'primary', 'session is not read-only'],
    ['standby', 'primary', 'server is not in hot standby mode'],
    ['read-write', 'standby', 'session is read-only'],
    ['primary', 'standby', 'server is in hot standby mode'],
  ])('does not take for %s a %s', async (target, kind, reason) => {
    const { folder, port } = kind === 'primary' ? cluster : standby;
    await expect(
      open(`host=${folder} port=${port} user=u_trust target_session_attrs=${target}`),
    ).rejects.toThrow(`connection to server on socket "${folder}/.s.PGSQL.${port}" failed: ${reason}`);
  });

  it('takes a primary for prefer-standby when there is no standby', async () => {
    const connection = await open(`${socketOf(cluster)} user=u_trust target_session_attrs=prefer-standby`);
    await connection.close();
  });

  it('hears of a server that shuts down', async () => {
    const doomed = await Cluster.create({ server: version });
    await doomed.start();
    const connection = await open(`${socketOf(doomed)} user=postgres`);
    await doomed.stop('immediate');
    await expect(connection.query('IDENTIFY_SYSTEM')).rejects.toThrow(
      /^could not send replication command "IDENTIFY_SYSTEM": (FATAL|WARNING|server closed)/,
    );
    await connection.close();
    await doomed.dispose();
  });
});

describe('several hosts', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startAuthCluster(server());
  });

  afterAll(() => cluster?.dispose());

  it('are tried until one can be reached', async () => {
    const hosts = `host=/nosuch,127.0.0.1,${cluster.folder} port=${cluster.port},1,${cluster.port}`;
    const connection = await open(`${hosts} user=u_trust`);
    await connection.close();
  });

  it('that are all down are all named, with the reasons', async () => {
    await expect(open('host=/nosuch,127.0.0.1 port=5432,1 user=u_trust')).rejects.toThrow(
      [
        'connection to server on socket "/nosuch/.s.PGSQL.5432" failed: No such file or directory',
        '\tIs the server running locally and accepting connections on that socket?',
        'connection to server at "127.0.0.1", port 1 failed: Connection refused',
        '\tIs the server running on that host and accepting TCP/IP connections?',
      ].join('\n'),
    );
  });

  it('are not gone through by somebody who was refused', async () => {
    const hosts = `host=${cluster.folder},127.0.0.1 port=${cluster.port}`;
    await expect(open(`${hosts} user=u_nobody`)).rejects.toMatchObject({
      name: 'ServerError',
      code: '28000',
      message: expect.stringContaining('connection to server on socket'),
    });
  });

  it('that are one and down keep the hint apart', async () => {
    await expect(open('host=/nosuch user=u_trust')).rejects.toMatchObject({
      message: 'connection to server on socket "/nosuch/.s.PGSQL.5432" failed: No such file or directory',
      hint: 'Is the server running locally and accepting connections on that socket?',
    });
  });

  it('are shuffled on demand', async () => {
    const hosts = `host=${cluster.folder},127.0.0.1 port=${cluster.port} load_balance_hosts=random`;
    const remotes = new Set<boolean>();
    // With two hosts, 40 tries miss one of them once in 2^39 runs.
    for (let tries = 0; tries < 40 && remotes.size < 2; tries++) {
      const connection = await open(`${hosts} user=u_trust sslmode=disable`);
      remotes.add(connection.takeSocket().remoteAddress === '127.0.0.1');
      await connection.close();
    }
    expect(remotes).toEqual(new Set([true, false]));
  });
});

describe('a socket in the abstract namespace', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({ abstract: true });
    await cluster.start();
  });

  afterAll(() => cluster?.dispose());

  it.each([
    ['as a query client', undefined],
    ['as a backup does', createBulkSocket],
  ])('is connected to, and cancelled over, %s', async (_name, createSocket) => {
    const hooks = createSocket ? { hooks: { createSocket } } : {};
    const connection = await open(`host=@${cluster.folder} port=${cluster.port} user=postgres`, hooks);
    expect(await connection.query('SHOW block_size')).toEqual([['8192']]);
    const chunks = readBulk(connection.takeSocket(), new AbortController().signal);
    connection.send(serialize.query(slowBackup(connection)));
    await chunks.next();
    await connection.cancel();
    let bytes = Buffer.alloc(0);
    for await (const chunk of chunks) {
      bytes = Buffer.concat([bytes.subarray(-1000), chunk]);
      if (bytes.includes('canceling statement due to user request')) break;
    }
    await connection.close();
  });

  it('that is not there is told of', async () => {
    const { error } = await visit({ conninfo: 'host=@/nosuch port=5432 user=postgres' });
    expect(error).toMatchObject({
      message: 'connection to server on socket "@/nosuch/.s.PGSQL.5432" failed: Connection refused',
      hint: 'Is the server running locally and accepting connections on that socket?',
    });
  });
});

describe('a socket that was handed over', () => {
  const folder = temporaryFolder();
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startAuthCluster(server(), makeCertificates(folder));
  });

  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(folder);
  });

  const tcp = (): string => `host=127.0.0.1 port=${cluster.port} user=u_trust`;

  it.each<[name: string, conninfo: () => string, createSocket?: () => Socket]>([
    ['a Unix-domain socket', () => `${socketOf(cluster)} user=u_trust`],
    ['TCP', () => `${tcp()} sslmode=disable`],
    ['TLS', () => `${tcp()} sslmode=require`],
    ["the caller's own socket", () => `${tcp()} sslmode=disable`, ownSocket],
    ["TLS over the caller's own socket", () => `${tcp()} sslmode=require`, ownSocket],
  ])('carries a backup until it is cancelled: %s', async (_name, conninfo, createSocket) => {
    const connection = await open(conninfo(), createSocket ? { hooks: { createSocket } } : {});
    const socket = connection.takeSocket();
    const ended = readUntilError(socket, () => connection.cancel());
    connection.send(serialize.query(slowBackup(connection)));
    const { types, error } = await ended;
    expect(types.slice(0, 4)).toEqual(['rowDescription', 'dataRow', 'commandComplete', 'rowDescription']);
    expect(types).toContain('copyData');
    expect(error).toMatchObject({ code: '57014', message: 'canceling statement due to user request' });
    await connection.close();
    expect(socket.destroyed).toBe(true);
  });

  it('has the options of TCP that were asked for', async () => {
    const asked = 'keepalives_idle=11 keepalives_interval=7 keepalives_count=3 tcp_user_timeout=4000';
    const connection = await open(`${tcp()} sslmode=disable ${asked}`);
    const socket = connection.takeSocket();
    expect([4, 5, 6, 18].map((option) => tcpOption(socket, option))).toEqual([11, 7, 3, 4000]);
    await connection.close();
    const without = await open(`${tcp()} sslmode=disable keepalives=0 keepalives_count=3`);
    expect(tcpOption(without.takeSocket(), 6)).not.toBe(3);
    await without.close();
  });

  it('is nobody else’s', async () => {
    const connection = await open(`${socketOf(cluster)} user=u_trust`);
    connection.takeSocket();
    await expect(connection.query('IDENTIFY_SYSTEM')).rejects.toThrow('the socket has been handed over');
    expect(() => connection.takeSocket()).toThrow('the socket has been handed over');
    await connection.close();
  });

  it('says so when there is nobody left to be asked to cancel', async () => {
    const lost = await Cluster.create();
    await lost.start();
    const connection = await open(`${socketOf(lost)} user=postgres`);
    connection.takeSocket().on('error', () => {});
    await lost.stop('immediate');
    await expect(connection.cancel()).rejects.toThrow(
      /^could not send cancel request: (No such file or directory|Connection refused)$/,
    );
    await connection.close();
    await lost.dispose();
  });
});

it('gives up when the caller does', async () => {
  const controller = new AbortController();
  const reason = new Error('never mind');
  controller.abort(reason);
  const { error } = await visit({ conninfo: 'host=/nosuch', hooks: { signal: controller.signal } });
  expect(error).toBe(reason);
});

/** Copies a stopped cluster and starts the copy as a standby, which waits for WAL that never comes. */
async function startStandby(primary: Cluster, folder: string, version: Server): Promise<Cluster> {
  await primary.stop();
  cpSync(primary.dataDirectory, folder, { recursive: true });
  await primary.start();
  writeFileSync(join(folder, 'standby.signal'), '');
  const standby = await Cluster.adopt(folder, version);
  await standby.start();
  return standby;
}

/** The command for a backup that takes longer than any test. */
function slowBackup(connection: Connection): string {
  return baseBackup(
    {
      label: 'auth test',
      progress: false,
      checkpoint: 'fast',
      wal: false,
      wait: false,
      maxRate: 1024,
      tablespaceMap: true,
      verifyChecksums: true,
      manifest: 'no',
    },
    connection.serverVersion.number,
  );
}

/** Reads messages, calls back when data arrives, and resolves at the first error. */
function readUntilError(
  socket: Socket,
  onData: () => Promise<void>,
): Promise<{ types: string[]; error: DatabaseError }> {
  return new Promise((resolve, reject) => {
    const types: string[] = [];
    socket.on('error', reject);
    void parse(socket, (message) => {
      if (message.name === 'copyData' && !types.includes('copyData')) onData().catch(reject);
      types.push(message.name);
      if (message instanceof DatabaseError) resolve({ types, error: message });
    });
    socket.resume();
  });
}

/** A socket that reads into its own buffer, and emits the bytes as events while there are listeners. */
/** TCP_KEEPIDLE 4, TCP_KEEPINTVL 5, TCP_KEEPCNT 6, TCP_USER_TIMEOUT 18 (tcp(7)). */
function tcpOption(socket: Socket, option: number): number {
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
  const getsockopt = loadLibc().func('int getsockopt(int, int, int, _Out_ int *, _Inout_ uint32_t *)');
  const value = [0];
  expect(getsockopt(fd, 6, option, value, [4])).toBe(0);
  return value[0] ?? 0;
}

function ownSocket(): Socket {
  const socket: Socket = new Socket({
    onread: {
      buffer: Buffer.alloc(65536),
      callback: (bytes: number, buffer: Uint8Array) => {
        socket.emit('data', Buffer.from(buffer.subarray(0, bytes)));
        return true;
      },
    },
  } as SocketConstructorOpts);
  return socket;
}
