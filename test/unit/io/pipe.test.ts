import { closeSync, fstatSync, readSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Pipe, ReaderGone } from '../../../lib/io/pipe.ts';

const MORE_THAN_IT_TAKES = Buffer.alloc(4 * 1024 * 1024);

/** Reads once, at most so many bytes. */
function read(pipe: Pipe, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  return buffer.toString('utf8', 0, readSync(pipe.reader, buffer));
}

describe('Pipe', () => {
  it('passes on what is written, and then the end', async () => {
    const pipe = new Pipe();
    expect(fstatSync(pipe.reader).isFIFO()).toBe(true);
    await pipe.write([Buffer.from('one '), Buffer.from('two '), Buffer.from('three')]);
    await pipe.write([]);
    expect(read(pipe, 100)).toBe('one two three');
    pipe.end();
    await new Promise(setImmediate);
    expect(read(pipe, 100)).toBe('');
    expect(pipe.readerGone()).toEqual({ unread: false });
    pipe.closeReader();
  });

  it('waits for the reader when it is full', async () => {
    const pipe = new Pipe();
    let done = false;
    const written = pipe.write([MORE_THAN_IT_TAKES]).then(() => {
      done = true;
    });
    await new Promise(setImmediate);
    expect(done).toBe(false);
    for (let left = MORE_THAN_IT_TAKES.length; left > 0; ) {
      left -= readSync(pipe.reader, Buffer.alloc(left));
      await new Promise(setImmediate);
    }
    await written;
    pipe.end();
    expect(pipe.readerGone()).toEqual({ unread: false });
    pipe.closeReader();
  });

  it('knows whether anything was left unread, to the last byte', async () => {
    const pipe = new Pipe();
    await pipe.write([Buffer.from('abc')]);
    expect(read(pipe, 2)).toBe('ab');
    pipe.end();
    expect(pipe.readerGone()).toEqual({ unread: true });
    pipe.closeReader();
  });

  it('fails a write that is under way when the reader has gone, and those behind it', async () => {
    const pipe = new Pipe();
    const written = pipe.write([MORE_THAN_IT_TAKES]);
    closeSync(pipe.reader);
    expect(pipe.readerGone()).toEqual({ unread: true });
    await expect(written).rejects.toBeInstanceOf(ReaderGone);
    await expect(pipe.write([Buffer.from('x')])).rejects.toBeInstanceOf(ReaderGone);
    pipe.end();
  });
});
