/**
 * Connecting to servers that no PostgreSQL would be: ones that are something else, that lie, that fall silent,
 * that are too old. They are played by a few bytes on a local port.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Passwords } from '../../../../lib/libpq/auth/password.ts';
import { type ConnectHooks, connect } from '../../../../lib/libpq/connect/connect.ts';
import { resolveSettings } from '../../../../lib/libpq/conninfo/settings.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers each chunk of bytes with the next of the answers; null hangs up. */
async function play(...answers: (Buffer | string | null)[]): Promise<{ port: number; received: Buffer[] }> {
  const received: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    const rest = [...answers];
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received.push(bytes);
      const answer = rest.shift();
      if (answer === null) socket.destroy();
      else if (answer !== undefined) socket.write(answer);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, received };
}

async function tryConnect(conninfo: string, hooks: Partial<ConnectHooks> = {}): Promise<unknown> {
  const settings = resolveSettings({ conninfo, programName: 'bb-stream' }, { HOME: '/nonexistent' });
  const passwords = new Passwords(settings, 'never', { warn: () => {} });
  return await connect(settings, { passwords, ...hooks }).catch((error: unknown) => error);
}

function message(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const authentication = (code: number, rest = ''): Buffer => message('R', int32(code), rest);
const OK = authentication(0);
const CLEARTEXT = authentication(3);
const SASL = authentication(10, 'SCRAM-SHA-256\0\0');
const STARTING_UP = message('E', 'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
const ready = (version: string): Buffer =>
  Buffer.concat([OK, message('S', `server_version\0${version}\0`), message('Z', 'I')]);

describe('connect, to something strange', () => {
  it.each<[complaint: string, parameters: string, answers: (Buffer | string | null)[]]>([
    ['expected authentication request from server, but received H', '', ['HTTP/1.1 400 Bad Request\r\n\r\n']],
    ['server closed the connection unexpectedly', '', [null]],
    ['GSSAPI authentication not supported', '', [authentication(7)]],
    ['SSPI authentication not supported', '', [authentication(9)]],
    ['authentication method 99 not supported', '', [authentication(99)]],
    ["none of the server's SASL authentication mechanisms are supported", '', [authentication(10, 'X\0\0')]],
    ['server did not complete authentication', 'password=p', [SASL, ready('15.0')]],
    ['server version 12.22 is not supported', '', [ready('12.22')]],
    ['server sent an error response during SSL exchange', 'sslmode=require', ['E']],
    ['received invalid response to SSL negotiation: X', 'sslmode=require', ['X']],
    ['received unencrypted data after SSL response', 'sslmode=require', ['Sand more']],
    ['SSL error: wrong version number', 'sslmode=require', ['S', 'certainly no TLS record']],
    ['server closed the connection unexpectedly', 'sslmode=require', ['S', null]],
  ])('says: %s', async (complaint, parameters, answers) => {
    const { port } = await play(...answers);
    const sslmode = parameters.includes('sslmode') ? '' : 'sslmode=disable';
    expect(await tryConnect(`host=127.0.0.1 port=${port} ${sslmode} ${parameters}`)).toMatchObject({
      message: `connection to server at "127.0.0.1", port ${port} failed: ${complaint}`,
    });
  });

  it('never sends a password that require_auth forbids', async () => {
    const { port, received } = await play(CLEARTEXT);
    const conninfo = `host=127.0.0.1 port=${port} sslmode=disable password=geheim`;
    expect(await tryConnect(`${conninfo} require_auth=scram-sha-256`)).toMatchObject({
      message: expect.stringContaining('server requested a cleartext password'),
    });
    expect(Buffer.concat(received).includes('geheim')).toBe(false);
    await tryConnect(conninfo, { signal: AbortSignal.timeout(200) });
    expect(Buffer.concat(received).includes('geheim')).toBe(true);
  });
});

describe('connect, start-up', () => {
  it('sends what was settled and nothing of the environment', async () => {
    const { port, received } = await play(ready('15.3'));
    process.env.PGOPTIONS = '-c leak=1';
    const connection = await tryConnect(`host=127.0.0.1 port=${port} sslmode=disable user=u dbname=ignored`);
    delete process.env.PGOPTIONS;
    expect(connection).toMatchObject({ serverVersion: { text: '15.3', number: 150003 } });
    const [startup] = received;
    expect(startup?.toString('latin1', 8)).toBe(
      'user\0u\0database\0replication\0replication\0true\0application_name\0bb-stream\0' +
        'client_encoding\0UTF8\0\0',
    );
  });
});

describe('connect, where to go on', () => {
  it('leaves a server that is starting up for the next host', async () => {
    const starting = await play(STARTING_UP);
    const good = await play(ready('15.3'));
    const conninfo = `host=127.0.0.1,127.0.0.1 port=${starting.port},${good.port} sslmode=disable`;
    expect(await tryConnect(conninfo)).toMatchObject({ serverVersion: { text: '15.3' } });
  });

  it('leaves a silent server for the next host when its time is over', async () => {
    const silent = await play();
    const good = await play(ready('15.3'));
    const base = 'host=127.0.0.1,127.0.0.1 sslmode=disable connect_timeout=1';
    expect(await tryConnect(`${base} port=${silent.port},${good.port}`)).toMatchObject({
      serverVersion: { text: '15.3' },
    });
  });

  it('does not leave a server that hangs up', async () => {
    const rude = await play(null);
    const good = await play(ready('15.3'));
    const conninfo = `host=127.0.0.1,127.0.0.1 port=${rude.port},${good.port} sslmode=disable`;
    expect(await tryConnect(conninfo)).toMatchObject({
      message: expect.stringContaining('server closed the connection unexpectedly'),
    });
    expect(good.received).toEqual([]);
  });

  it('comes back with the password when the server did not wait for it', async () => {
    const visits: Buffer[][] = [];
    const server = createServer((socket) => {
      const received: Buffer[] = [];
      visits.push(received);
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        socket.write(received.push(bytes) === 1 ? CLEARTEXT : ready('15.3'));
        if (visits.length === 1) setTimeout(() => socket.destroy(), 50);
      });
    });
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;

    const settings = resolveSettings(
      { conninfo: `host=127.0.0.1 port=${port} sslmode=disable`, programName: 'bb-stream' },
      { HOME: '/nonexistent' },
    );
    const ask = vi.fn(async () => await sleep(200, 'geheim'));
    const passwords = new Passwords(settings, 'if-needed', { ask, warn: () => {} });
    const connection = await connect(settings, { passwords });
    await connection.close();
    expect(ask).toHaveBeenCalledOnce();
    expect(visits.map((received) => received[1]?.includes('geheim'))).toEqual([undefined, true]);
  });

  it('stops at once when the caller gives up', async () => {
    const { port } = await play();
    const controller = new AbortController();
    const reason = new Error('interrupted');
    setTimeout(() => controller.abort(reason), 50);
    const outcome = tryConnect(`host=127.0.0.1 port=${port} sslmode=disable`, { signal: controller.signal });
    expect(await outcome).toBe(reason);
  });
});
