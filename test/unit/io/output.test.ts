import { closeSync, constants } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readPipe } from '../../../lib/io/input.ts';
import { writeAll } from '../../../lib/io/output.ts';
import { makePipe } from '../../support/fifo.ts';
import { randomFrom } from '../../support/rechunk.ts';

const never = new AbortController().signal;
const random = randomFrom(7);
const NO_SUCH_DESCRIPTOR = 2 ** 31 - 1;

/** So many buffers of up to `longest` bytes, some of them empty. */
const buffers = (count: number, longest: number) =>
  Array.from({ length: count }, () => Buffer.alloc(random(longest + 1), random(256)));

/** Reads to the end, with a pause before each chunk. */
async function readSlowly(reader: number, pauseMs: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of readPipe(reader, never)) {
    pieces.push(Buffer.from(chunk));
    await pause(pauseMs);
  }
  return Buffer.concat(pieces);
}

describe('writeAll', () => {
  it.each([
    ['many small buffers', buffers(5000, 50)],
    ['a few large ones', buffers(9, 700_000)],
    ['one', buffers(1, 3_000_000)],
    ['nothing but empty ones', buffers(3, 0)],
    ['none', []],
  ])('writes %s, whole and in order', async (_name, pieces) => {
    for (const flags of [0, constants.O_NONBLOCK]) {
      const { reader, writer } = makePipe(flags);
      const reading = readSlowly(reader, 1);
      await writeAll(writer, pieces);
      closeSync(writer);
      expect((await reading).equals(Buffer.concat(pieces))).toBe(true);
    }
  });

  it('waits, with the event loop free, until a full pipe has a reader again', async () => {
    for (const flags of [0, constants.O_NONBLOCK]) {
      const { reader, writer } = makePipe(flags);
      let done = false;
      const writing = writeAll(writer, buffers(10, 400_000)).then(() => {
        done = true;
        closeSync(writer);
      });
      await pause(60);
      expect(done).toBe(false);
      await Promise.all([readSlowly(reader, 0), writing]);
    }
  });

  it('leaves the buffers that it is given as they are', async () => {
    const { reader, writer } = makePipe(constants.O_NONBLOCK);
    const pieces = buffers(5, 300_000);
    const copy = [...pieces];
    const reading = readSlowly(reader, 0);
    await writeAll(writer, pieces);
    closeSync(writer);
    await reading;
    expect(pieces).toHaveLength(copy.length);
    expect(pieces.every((piece, index) => piece === copy[index])).toBe(true);
  });

  it('fails with EPIPE when the reader has gone, before and in the middle', async () => {
    for (const flags of [0, constants.O_NONBLOCK]) {
      const { reader, writer } = makePipe(flags);
      const writing = expect(writeAll(writer, buffers(10, 400_000))).rejects.toMatchObject({ code: 'EPIPE' });
      await pause(20);
      closeSync(reader);
      await writing;
      await expect(writeAll(writer, [Buffer.from('more')])).rejects.toMatchObject({ code: 'EPIPE' });
      closeSync(writer);
    }
  });

  it('fails with the reason when the system refuses', async () => {
    await expect(writeAll(NO_SUCH_DESCRIPTOR, [Buffer.from('x')])).rejects.toMatchObject({ code: 'EBADF' });
  });
});
