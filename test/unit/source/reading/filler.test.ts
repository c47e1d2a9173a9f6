import { closeSync, fsyncSync, openSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { pageCache } from '../../../../lib/io/page-cache.ts';
import { checksumOf } from '../../../../lib/manifest/checksum.ts';
import { makeMemory } from '../../../../lib/page/wasm.ts';
import { type FillRules, SLAB_BYTES, type WholeFile } from '../../../../lib/source/reading/fill-job.ts';
import { Filler } from '../../../../lib/source/reading/filler.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';
import { makePage } from '../../page/reference.ts';

const folder = temporaryFolder();
const path = join(folder, 'file');
const BLOCK = 8192;
const HEADER = Buffer.alloc(512, 'h');

afterAll(() => removeFolder(folder));

const page = (block: number) => makePage(BLOCK, block, 1n);

function makeFiller(rules: Partial<FillRules> = {}) {
  const memory = makeMemory(2 * SLAB_BYTES, true);
  const pages = { blockBytes: BLOCK, startLsn: 100n };
  const filler = new Filler({ memory, algorithm: 'CRC32C', pages, running: true, ...rules });
  return { filler, memory: Buffer.from(memory.buffer) };
}

const file = (size: number, more: Partial<WholeFile> = {}): WholeFile => ({
  kind: 'file',
  path,
  name: path,
  header: HEADER,
  size,
  mayBeMissing: true,
  identity: undefined,
  checksum: true,
  firstBlock: undefined,
  ...more,
});

describe('Filler', () => {
  it('lays headers, files and padding one after the other, in its slab', () => {
    writeFileSync(path, 'contents');
    const { filler, memory } = makeFiller();
    const reply = filler.fill({ slab: 1, items: [{ kind: 'bytes', bytes: Buffer.from('first') }, file(8)] });
    const checksum = checksumOf('CRC32C', Buffer.from('contents'));
    expect(reply).toEqual({ bytes: 5 + 1024, found: [undefined, { checksum, pages: undefined }] });
    const slab = memory.subarray(SLAB_BYTES, SLAB_BYTES + 5 + 1024);
    const block = Buffer.alloc(512);
    block.write('contents');
    expect(slab.equals(Buffer.concat([Buffer.from('first'), HEADER, block]))).toBe(true);
  });

  it('fills up what is missing of a file that has become shorter', () => {
    writeFileSync(path, 'abc');
    const { filler, memory } = makeFiller();
    memory.fill('x');
    const reply = filler.fill({ slab: 0, items: [file(10)] });
    const expected = Buffer.concat([Buffer.from('abc'), Buffer.alloc(509)]);
    expect(memory.subarray(512, 1024).equals(expected)).toBe(true);
    const checksum = checksumOf('CRC32C', expected.subarray(0, 10));
    expect(reply).toMatchObject({ bytes: 1024, found: [{ checksum }] });
  });

  it('reads no more of a file that has grown than it had', () => {
    writeFileSync(path, 'abcdef');
    const { filler, memory } = makeFiller();
    filler.fill({ slab: 0, items: [file(3)] });
    expect(memory.subarray(512, 516).toString()).toBe('abc\0');
  });

  it('leaves out a file that is not there any more, with its header', () => {
    const gone = join(folder, 'gone');
    const { filler } = makeFiller();
    const items = [file(10, { path: gone, name: gone })];
    expect(filler.fill({ slab: 0, items })).toEqual({ bytes: 0, found: [undefined] });
    const needed = [file(10, { path: gone, name: gone, mayBeMissing: false })];
    expect(filler.fill({ slab: 0, items: needed })).toEqual({
      trouble: `could not open file "${gone}": No such file or directory`,
    });
  });

  it('tells of a file that has changed although it must not', () => {
    writeFileSync(path, 'abc');
    const { ino, size, mtimeMs } = statSync(path);
    const { filler } = makeFiller({ running: false });
    const items = (identity: WholeFile['identity']) => [file(3, { identity })];
    expect(filler.fill({ slab: 0, items: items({ ino, size, mtimeMs }) })).toHaveProperty('found');
    expect(filler.fill({ slab: 0, items: items({ ino, size: 4, mtimeMs }) })).toMatchObject({
      trouble: `file "${path}" was changed while it was read`,
    });
  });
});

describe('Filler, pages', () => {
  let fd = -1;
  afterEach(() => {
    if (fd >= 0) closeSync(fd);
    fd = -1;
  });

  const part = (bytes: number, offset = 0) =>
    ({
      kind: 'part',
      fd,
      path,
      offset,
      bytes,
      checksum: true,
      firstBlock: offset / BLOCK,
      absent: [],
    }) as const;

  it('checks them by their numbers', () => {
    writeFileSync(path, Buffer.concat([page(0), page(1), page(5), Buffer.alloc(BLOCK)]));
    fd = openSync(path, 'r');
    const { filler } = makeFiller();
    const reply = filler.fill({ slab: 0, items: [part(3 * BLOCK, BLOCK)] });
    expect(reply).toMatchObject({
      found: [{ pages: { good: 1, bad: 1, empty: 1, firstBad: [{ block: 2 }] } }],
    });
  });

  it('takes what is missing of a file for empty pages', () => {
    writeFileSync(path, Buffer.concat([page(0), page(1)]));
    fd = openSync(path, 'r');
    truncateSync(path, BLOCK);
    const { filler } = makeFiller();
    expect(filler.fill({ slab: 0, items: [part(2 * BLOCK)] })).toMatchObject({
      bytes: 2 * BLOCK,
      found: [{ checksum: checksumOf('CRC32C', Buffer.concat([page(0), Buffer.alloc(BLOCK)])) }],
    });
  });
});

describe('Filler, memory of the system', () => {
  it('leaves as much of a file there as there was before', (context) => {
    const large = 512 * 1024;
    writeFileSync(path, Buffer.alloc(large, 1));
    const fd = openSync(path, 'r+');
    try {
      fsyncSync(fd);
      pageCache()?.giveUp(fd, { offset: 0, bytes: large });
      const before = pageCache()?.absent(fd, large) ?? [];
      if (before.length === 0) return context.skip(); // nothing can be given up here
      const { filler } = makeFiller();
      expect(filler.fill({ slab: 0, items: [file(large)] })).toHaveProperty('found');
      expect(pageCache()?.absent(fd, large)).toEqual(before);
    } finally {
      closeSync(fd);
    }
  });
});
