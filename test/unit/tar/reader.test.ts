import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import tarStream from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TarReader } from '../../../lib/tar/reader.ts';
import { CUTS, randomFrom, randomly } from '../../support/rechunk.ts';
import { directory, END, file, header, packed, smallTar, symlink, tar } from './build.ts';
import { isInOrder, readAll } from './read.ts';

const SMALL = smallTar();
const BLOCK = 512;

describe('TarReader', () => {
  it.each(CUTS)('reads an archive that comes $name', async ({ cut }) => {
    const read = await readAll(SMALL, cut);
    expect(read.error).toBeUndefined();
    expect(isInOrder(read)).toBe(true);
    expect(read.bytes.equals(SMALL)).toBe(true);
    expect(read.offset).toBe(SMALL.length);
    expect(read.members.map(({ member }) => member.path)).toEqual([
      'backup_label',
      'base/',
      'base/1/',
      'base/1/112',
      'base/1/113',
      'base/1/größe',
      'pg_tblspc/',
      'pg_tblspc/16384/',
      './pg_wal/archive_status/',
      'global/pg_control',
    ]);
  });

  it('reads the same as tar-stream', async () => {
    const extract = tarStream.extract();
    Readable.from([SMALL]).pipe(extract);
    const expected: unknown[] = [];
    for await (const entry of extract) {
      const { name, type: kind, size, mode, mtime, linkname } = entry.header;
      const contents = await text(entry);
      expected.push({ name, kind, size, mode, mtime, linkname, contents });
    }
    const read = (await readAll(SMALL)).members.map(({ member, contents }) => {
      const { path: name, kind, size, mode, linkTarget: linkname = null } = member;
      const mtime = new Date(1000 * member.mtime);
      return { name, kind, size, mode, mtime, linkname, contents: String(contents) };
    });
    expect(read).toEqual(expected);
  });

  it('reads any archive that tar-stream makes, in any cut', async () => {
    const anyContents = fc.array(fc.uint8Array({ maxLength: 1600 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        anyContents,
        fc.integer(),
        fc.integer({ min: 1, max: 2000 }),
        async (contents, seed, longest) => {
          const entries = contents.map((bytes, index) => ({
            name: `member ${index}`,
            bytes: Buffer.from(bytes),
          }));
          const archive = await packed(entries);
          const read = await readAll(archive, randomly(seed, longest));
          expect(read.error).toBeUndefined();
          expect(isInOrder(read)).toBe(true);
          expect(read.bytes.equals(archive)).toBe(true);
          expect(read.members.map((member) => [...member.contents])).toEqual(
            contents.map((bytes) => [...bytes]),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('copies no contents', () => {
    const archive = tar(file('base/1/112', Buffer.alloc(8192, 'page')));
    const pieces = [...new TarReader('base.tar').push(archive)];
    expect(pieces.map(({ type }) => type)).toEqual(['header', 'contents', 'trailer', 'end', 'end']);
    for (const { bytes } of pieces) expect(bytes.buffer).toBe(archive.buffer);
  });

  it('gives a header and an empty trailer to a member at the very end of a chunk', () => {
    const pieces = [...new TarReader('base.tar').push(directory('base'))];
    expect(pieces.map(({ type }) => type)).toEqual(['header', 'trailer']);
  });

  it('takes more blocks of zeros than two', async () => {
    const { error } = await readAll(Buffer.concat([SMALL, Buffer.alloc(100_000)]), randomly(7, 9000));
    expect(error).toBeUndefined();
  });

  it('takes an archive without members', async () => {
    const { error, members } = await readAll(END);
    expect(error).toBeUndefined();
    expect(members).toEqual([]);
  });

  it('knows every truncation', async () => {
    const lengths = Array.from({ length: SMALL.length }, (_, length) => length);
    const atBoundary = [0, 1, 2, BLOCK - 1];
    for (const length of lengths.filter((bytes) => bytes % 29 === 0 || atBoundary.includes(bytes % BLOCK))) {
      const { error } = await readAll(SMALL.subarray(0, length), randomly(length, 3000));
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({ message: 'archive "base.tar" is cut short' });
    }
  });

  const contents = file('base/1/112', Buffer.alloc(1000, 'x'));
  it.each([
    ['nothing', Buffer.alloc(0), 'It is empty.'],
    [
      'a header',
      header({ path: 'x' }).subarray(0, 100),
      'It ended after 100 bytes, in the header of a member.',
    ],
    ['contents', contents.subarray(0, 700), 'It ended after 700 bytes, in member "base/1/112".'],
    ['padding', contents.subarray(0, 1530), 'It ended after 1530 bytes, in member "base/1/112".'],
    ['a member boundary', contents, 'It ended after 1536 bytes, without the blocks of zeros that end it.'],
    [
      'one block of zeros',
      Buffer.concat([contents, END.subarray(0, BLOCK)]),
      'It ended after 2048 bytes, within the blocks of zeros that end it.',
    ],
  ])('says where it was cut: %s', async (_name, archive, detail) => {
    for (const { cut } of CUTS) expect((await readAll(archive, cut)).error).toMatchObject({ detail });
  });

  it.each([
    ['behind a single block of zeros', [END.subarray(0, BLOCK), file('x', 'y')], 'a single block of zeros'],
    ['in the second block of zeros', [END.subarray(0, 1000), Buffer.from('x')], 'a single block of zeros'],
    ['after the end', [END, file('x', 'y')], 'data after the end of the archive'],
    ['long after the end', [END, END, END, Buffer.from('x')], 'data after the end of the archive'],
  ])('refuses data %s', async (_name, rest, complaint) => {
    const archive = Buffer.concat([file('base/1/112', 'page'), ...rest]);
    for (const { cut } of CUTS) {
      const { error } = await readAll(archive, cut);
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({ message: `malformed archive "base.tar": ${complaint}` });
    }
  });

  it('names the place of the header that it refuses', async () => {
    const archive = tar(directory('base'), symlink('pg_tblspc/1', '/x'), header({ path: 'x', type: '1' }));
    for (const { cut } of CUTS) {
      expect((await readAll(archive, cut)).error).toMatchObject({
        message: 'malformed archive "base.tar": member "x" is a hard link, which is not supported',
        detail: 'The trouble begins at byte 1024 of the archive.',
      });
    }
  });

  it('never hangs, and throws nothing but BackupError, however an archive is damaged', async () => {
    for (let seed = 1; seed <= 1000; seed++) {
      const random = randomFrom(seed);
      const damaged = Buffer.from(SMALL);
      for (let count = random(4); count >= 0; count--) damaged[random(damaged.length)] = random(256);
      const { error, bytes, types } = await readAll(damaged, randomly(seed, 4000));
      if (error !== undefined) expect(error).toBeInstanceOf(BackupError);
      else expect(bytes.equals(damaged)).toBe(true);
      expect(types).toMatch(/^(hc*t)*(hc*|e*)$/);
    }
  });
});
