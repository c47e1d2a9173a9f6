import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SLAB_BYTES } from '../../../lib/io/slabs.ts';
import { SocketReader, socketFor } from '../../../lib/io/socket-reader.ts';

let server: Server;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  server.close();
});

/** A reader on one end of a TCP connection, and the socket at the other end. */
async function connection(): Promise<{ reader: SocketReader; socket: Socket; peer: Socket }> {
  const reader = new SocketReader();
  const socket = socketFor(reader).connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [peer] = (await once(server, 'connection')) as [Socket];
  peer.on('error', () => {});
  return { reader, socket, peer };
}

async function gather(reader: SocketReader): Promise<{ bytes: Buffer; error: unknown }> {
  const pieces: Buffer[] = [];
  try {
    for await (const chunk of reader.chunks()) pieces.push(Buffer.from(chunk));
    return { bytes: Buffer.concat(pieces), error: undefined };
  } catch (error) {
    return { bytes: Buffer.concat(pieces), error };
  }
}

describe('SocketReader', () => {
  it('gives all bytes up to the end', async () => {
    const { reader, socket, peer } = await connection();
    const sent = Buffer.alloc(20 * SLAB_BYTES, 'all bytes');
    peer.end(sent);
    const { bytes, error } = await gather(reader);
    expect(error).toBeUndefined();
    expect(bytes.equals(sent)).toBe(true);
    socket.destroy();
  });

  it('throws the error of the socket behind all that came before it', async () => {
    const { reader, peer } = await connection();
    peer.write('last words');
    await pause(50);
    peer.resetAndDestroy();
    await pause(50);
    const { bytes, error } = await gather(reader);
    expect(bytes.toString()).toBe('last words');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('throws the error of the socket in the middle of a wait', async () => {
    const { reader, peer } = await connection();
    const reading = gather(reader);
    await pause(20);
    peer.resetAndDestroy();
    expect(await reading).toMatchObject({ error: { code: 'ECONNRESET' } });
  });

  it('ends where the socket is closed at this end', async () => {
    const { reader, socket } = await connection();
    const reading = gather(reader);
    await pause(20);
    socket.destroy();
    expect(await reading).toEqual({ bytes: Buffer.alloc(0), error: undefined });
  });

  it('throws at once what it is told to, whatever is there to be read', async () => {
    const { reader, socket, peer } = await connection();
    peer.write('never read');
    await pause(20);
    reader.fail(new Error('enough'));
    expect(await gather(reader)).toMatchObject({ bytes: Buffer.alloc(0), error: { message: 'enough' } });
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  it('diverts copies of what arrives, and gives chunks from then on that it no longer does', async () => {
    const { reader, socket, peer } = await connection();
    const diverted: Buffer[] = [];
    reader.divert((bytes) => diverted.push(bytes));
    for (const word of ['conver', 'sation']) {
      peer.write(word);
      await pause(20);
    }
    reader.undivert();
    peer.end('bulk');
    expect((await gather(reader)).bytes.toString()).toBe('bulk');
    expect(Buffer.concat(diverted).toString()).toBe('conversation');
    socket.destroy();
  });
});
