import { closeSync, constants, openSync, readSync, writevSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { enlargePipe } from '../../../lib/io/pipe-size.ts';
import { roomOf } from '../../../lib/io/room.ts';
import { makePipe } from '../../support/fifo.ts';
import { randomFrom } from '../../support/rechunk.ts';

const KIB = 1024;

describe('roomOf', () => {
  it.each([
    ['a file', import.meta.filename, Number.POSITIVE_INFINITY],
    ['/dev/null', '/dev/null', Number.POSITIVE_INFINITY],
    ['another device', '/dev/zero', 0],
    ['a directory', '/', 0],
  ])('knows %s', (_name, path, room) => {
    const fd = openSync(path, 'r');
    expect(roomOf(fd)()).toBe(room);
    closeSync(fd);
  });

  it('says that there is none in a socket', async () => {
    const server = createServer().listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    expect(roomOf(fd)()).toBe(0);
    server.close();
  });

  it('has room for a large write in a large pipe that is empty, and none well before it is full', () => {
    const { reader, writer } = makePipe(constants.O_NONBLOCK);
    enlargePipe(writer);
    const room = roomOf(writer);
    expect(room()).toBeGreaterThanOrEqual(256 * KIB);
    while (room() > 0) writevSync(writer, [Buffer.alloc(64 * KIB)]);
    expect(writevSync(writer, [Buffer.alloc(64 * KIB)])).toBeGreaterThan(0);
    for (const fd of [reader, writer]) closeSync(fd);
  });

  it.each([
    ['a few bytes', 30],
    ['a page or so', 5000],
    ['many pages', 300 * KIB],
  ])('never promises more than the pipe takes, in writes of %s', (_name, longest) => {
    const random = randomFrom(longest);
    const { reader, writer } = makePipe(constants.O_NONBLOCK);
    enlargePipe(writer);
    const room = roomOf(writer);
    for (let writes = 0; writes < 3000; writes++) {
      const bytes = 1 + random(longest);
      // It would be EAGAIN, or a part, if the pipe did not take it all.
      if (bytes <= room()) expect(writevSync(writer, [Buffer.alloc(bytes)])).toBe(bytes);
      else readSync(reader, Buffer.alloc(1 + random(2 * longest)));
    }
    for (const fd of [reader, writer]) closeSync(fd);
  });
});
