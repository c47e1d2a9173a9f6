import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, constants, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openFile, readPipe } from '../../../lib/io/input.ts';
import { SLAB_BYTES } from '../../../lib/io/slabs.ts';
import { isOpen, makePipe } from '../../support/fifo.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';

const IDLE_READER = fileURLToPath(new URL('../../fixtures/idle-reader.ts', import.meta.url));
const never = new AbortController().signal;

/** A pipe into which a shell command writes; its reading end. */
function pipeFrom(command: string): number {
  const { reader, writer } = makePipe();
  spawn('sh', ['-c', command], { stdio: ['ignore', writer, 'inherit'] });
  closeSync(writer);
  return reader;
}

/** Writes until the pipe has been full for a while; returns how many bytes it took. */
async function fill(writer: number): Promise<number> {
  const piece = Buffer.alloc(4096);
  let written = 0;
  for (let refused = 0; refused < 5; ) {
    try {
      written += writeSync(writer, piece);
    } catch (error) {
      expect(error).toMatchObject({ code: 'EAGAIN' });
      refused++;
      await pause(5);
    }
  }
  return written;
}

async function failureOf(reading: Promise<unknown>): Promise<unknown> {
  return reading.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('readPipe', () => {
  const LINES = 2_000_000;
  const NUMBERS = createHash('sha256');
  for (let line = 1; line <= LINES; line++) NUMBERS.update(`${line}\n`);
  const EXPECTED = NUMBERS.digest('hex');

  it.each([
    ['a fast consumer', async () => {}],
    [
      'a consumer that waits now and then',
      async (chunks: number) => (chunks % 7 === 0 ? pause(3) : undefined),
    ],
    ['a consumer that lets others run', async () => setImmediate()],
  ])('gives %s every byte in order, in chunks that stay while they are lent', async (_name, consume) => {
    const reader = pipeFrom(`seq 1 ${LINES}`);
    const hash = createHash('sha256');
    let chunks = 0;
    for await (const chunk of readPipe(reader, never)) {
      await consume(chunks++);
      hash.update(chunk);
      expect(chunk.length).toBeLessThanOrEqual(SLAB_BYTES);
    }
    expect(hash.digest('hex')).toBe(EXPECTED);
    expect(isOpen(reader)).toBe(false);
  });

  it('gives what is there without waiting for more', async () => {
    const { reader, writer } = makePipe();
    const chunks = readPipe(reader, never);
    for (const word of ['one', 'two']) {
      writeSync(writer, word);
      expect((await chunks.next()).value?.toString()).toBe(word);
    }
    closeSync(writer);
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });

  it('ends at once where nothing is written', async () => {
    expect(await readPipe(pipeFrom('true'), never).next()).toEqual({ done: true, value: undefined });
  });

  it('leaves the producer waiting while nobody asks for more', async () => {
    const { reader, writer } = makePipe(constants.O_NONBLOCK);
    const chunks = readPipe(reader, never);
    writeSync(writer, 'first');
    await chunks.next();
    expect(await fill(writer)).toBeLessThan(4 * SLAB_BYTES);
    await chunks.return();
    closeSync(writer);
  });

  it('closes the pipe when its consumer leaves', async () => {
    const { reader, writer } = makePipe();
    writeSync(writer, 'more than enough');
    for await (const chunk of readPipe(reader, never)) {
      expect(chunk.length).toBe(16);
      break;
    }
    await setImmediate();
    expect(() => writeSync(writer, 'more')).toThrow('EPIPE');
    closeSync(writer);
  });
});

describe('openFile', () => {
  const folder = temporaryFolder();
  const openFiles = () => readdirSync('/proc/self/fd').length;

  afterAll(() => removeFolder(folder));

  it('reads a file to its end, and closes it', async () => {
    const path = join(folder, 'file');
    const contents = Buffer.alloc(3 * SLAB_BYTES + 1, 'contents');
    writeFileSync(path, contents);
    const before = openFiles();
    const pieces: Buffer[] = [];
    for await (const chunk of openFile(path, never)) pieces.push(Buffer.from(chunk));
    expect(Buffer.concat(pieces).equals(contents)).toBe(true);
    for await (const _chunk of openFile(path, never)) break;
    expect(openFiles()).toBe(before);
  });

  it('reads a named pipe', async () => {
    const path = join(folder, 'pipe');
    spawnSync('mkfifo', [path]);
    spawn('sh', ['-c', `seq 3 >'${path}'`]);
    const pieces: Buffer[] = [];
    for await (const chunk of openFile(path, never)) pieces.push(Buffer.from(chunk));
    expect(Buffer.concat(pieces).toString()).toBe('1\n2\n3\n');
  });

  it('does not wait for the writer of a pipe when a signal comes', async () => {
    const path = join(folder, 'idle');
    spawnSync('mkfifo', [path]);
    const controller = new AbortController();
    const reading = failureOf(openFile(path, controller.signal).next());
    controller.abort(new Error('enough'));
    expect(await reading).toMatchObject({ message: 'enough' });
    writeFileSync(path, ''); // the thread that waits is let go
    rmSync(path);
  });

  it.each([
    ['a file that is not there', join(folder, 'nothing'), 'could not open file', 'No such file or directory'],
    ['a directory', folder, 'could not read file', 'Is a directory'],
  ])('refuses %s', async (_name, path, act, reason) => {
    const failure = await failureOf(openFile(path, never).next());
    expect(failure).toMatchObject({ message: `${act} "${path}": ${reason}` });
  });
});

describe('a signal', () => {
  const reason = new Error('enough');

  it('ends the wait for an idle pipe within 100 ms', async () => {
    const { reader, writer } = makePipe();
    const controller = new AbortController();
    const reading = readPipe(reader, controller.signal).next();
    await pause(20);
    const start = performance.now();
    controller.abort(reason);
    expect(await failureOf(reading)).toBe(reason);
    expect(performance.now() - start).toBeLessThan(100);
    await setImmediate();
    expect(isOpen(reader)).toBe(false);
    closeSync(writer);
  });

  it('ends the reading of a busy pipe', async () => {
    const reader = pipeFrom('yes');
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of readPipe(reader, controller.signal)) controller.abort(reason);
    })();
    expect(await failureOf(reading)).toBe(reason);
  });

  it('that came before keeps the reading from starting', async () => {
    const { reader, writer } = makePipe();
    expect(await failureOf(readPipe(reader, AbortSignal.abort(reason)).next())).toBe(reason);
    for (const fd of [reader, writer]) closeSync(fd);
  });
});

describe('openInput', { timeout: 60_000 }, () => {
  /** What the program of test/fixtures printed; it is not killed, so it must end by itself. */
  const output = async (stdin: number | 'pipe') => {
    const child = spawn(process.execPath, ['--import', 'tsx', IDLE_READER], {
      stdio: [stdin, 'pipe', 'inherit'],
    });
    const [printed] = await Promise.all([text(child.stdout as Readable), once(child, 'exit')]);
    return printed;
  };

  it('lets the process end after a signal while a pipe is idle', async () => {
    const { reader, writer } = makePipe();
    expect(await output(reader)).toBe('enough');
    for (const fd of [reader, writer]) closeSync(fd);
  });

  it('lets the process end after a signal while a socket is idle', async () => {
    expect(await output('pipe')).toBe('enough');
  });
});
