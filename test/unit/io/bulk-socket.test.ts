import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBulkSocket, putBack, readBulk } from '../../../lib/io/bulk-socket.ts';

let server: Server;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  server.close();
});

/** A socket in the middle of its conversation, of which it has heard "hello". */
async function conversation(create: () => Socket): Promise<{ socket: Socket; peer: Socket }> {
  const socket = create().connect((server.address() as AddressInfo).port, '127.0.0.1');
  const heard = once(socket, 'data');
  const [peer] = (await once(server, 'connection')) as [Socket];
  peer.on('error', () => {});
  peer.write('hello');
  expect(String((await heard)[0])).toBe('hello');
  socket.pause();
  socket.removeAllListeners('data');
  return { socket, peer };
}

describe.each([
  { name: 'a socket for bulk', create: createBulkSocket },
  { name: 'any other', create: () => new Socket() },
])('readBulk from $name', ({ create }) => {
  it('gives what was put back, and all that comes after it', async () => {
    const { socket, peer } = await conversation(create);
    putBack(socket, Buffer.from('put back, '));
    peer.end('and more');
    let text = '';
    for await (const chunk of readBulk(socket, new AbortController().signal)) text += chunk;
    expect(text).toBe('put back, and more');
    socket.destroy();
  });

  it('ends in the middle of a wait when the signal fires', async () => {
    const { socket } = await conversation(create);
    const controller = new AbortController();
    const next = readBulk(socket, controller.signal).next();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    socket.destroy();
  });
});
