import fc from 'fast-check';
import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { paddingBytes, readMember } from '../../../lib/tar/member.ts';
import { header, packed, patched } from './build.ts';

const PLACE = { archive: '16384.tar', offset: 2048 };
const FILE = header({ path: 'base/1/112', size: 8192 });
const NAME = 0;
const MODE = 100;
const SIZE = 124;
const MTIME = 136;
const CHECKSUM = 148;
const TYPE = 156;
const MAGIC = 257;

/** A number of 12 bytes in base-256. */
function base256(value: bigint, first = 0x80): Buffer {
  const bytes = Buffer.alloc(12, first === 0xff ? 0xff : 0);
  bytes[0] = first;
  bytes.writeBigInt64BE(BigInt.asIntN(64, value), 4);
  return bytes;
}

describe('readMember', () => {
  it('reads all fields of a file', () => {
    expect(readMember(FILE, PLACE)).toEqual({
      path: 'base/1/112',
      kind: 'file',
      size: 8192,
      mode: 0o600,
      mtime: 1_700_000_000,
    });
  });

  it('reads directories and symbolic links', () => {
    expect(readMember(header({ path: 'base/', type: '5' }), PLACE)).toMatchObject({
      path: 'base/',
      kind: 'directory',
    });
    const link = header({ path: 'pg_tblspc/16384/', type: '2', linkTarget: '/srv/größe' });
    expect(readMember(link, PLACE)).toMatchObject({ kind: 'symlink', linkTarget: '/srv/größe', size: 0 });
  });

  it('reads names and link targets that fill their fields', () => {
    const name = 'n'.repeat(100);
    const block = header({ path: name, type: '2', linkTarget: 't'.repeat(100), prefix: 'p'.repeat(155) });
    expect(readMember(block, PLACE)).toMatchObject({
      path: `${'p'.repeat(155)}/${name}`,
      linkTarget: 't'.repeat(100),
    });
  });

  it('has no prefix in the older header of GNU tar', () => {
    const block = patched(header({ path: 'x', prefix: '14535353535 ' }), MAGIC, 'ustar  \0');
    expect(readMember(block, PLACE).path).toBe('x');
  });

  it('keeps the bytes of names that are not UTF-8', () => {
    expect(readMember(patched(FILE, NAME, 'base/\xe9'), PLACE).path).toBe('base/\udce9/112');
  });

  it.each<[string, number, string | Buffer, object]>([
    ['base-256 size', SIZE, base256(2n ** 40n), { size: 2 ** 40 }],
    ['octal without the closing space', SIZE, '000000020000', { size: 8192 }],
    ['octal with spaces in front', SIZE, '      20000\0', { size: 8192 }],
    ['time before 1970, as the server writes it', MTIME, base256(-5n), { mtime: -5 }],
    ['time before 1970, as GNU tar writes it', MTIME, base256(-5n, 0xff), { mtime: -5 }],
    ['time after 2242', MTIME, base256(2n ** 34n), { mtime: 2 ** 34 }],
    ['mode with the type of the file in it', MODE, '0100640 ', { mode: 0o640 }],
  ])('reads numbers in all their forms: %s', (_name, at, bytes, expected) => {
    expect(readMember(patched(FILE, at, bytes), PLACE)).toMatchObject(expected);
  });

  it('reads the same as node-tar', () => {
    const names = fc.stringMatching(/^[a-zA-Z0-9_.äß]{1,40}$/);
    const fields = fc.record({
      path: fc.tuple(names, names).map((parts) => parts.join('/')),
      size: fc.nat({ max: 2 ** 45 }),
      mode: fc.nat({ max: 0o7777 }),
      seconds: fc.nat({ max: 2 ** 36 }),
    });
    const property = fc.property(fields, ({ seconds, ...rest }) => {
      const block = Buffer.alloc(512);
      const oracle = new Header({ ...rest, type: 'File', mtime: new Date(1000 * seconds) });
      oracle.encode(block);
      const { path, size, mode, mtime } = new Header(block);
      const read = readMember(block, PLACE);
      expect(read).toMatchObject({ path, size, mode, mtime: Number(mtime) / 1000 });
      expect(read.path).toBe(rest.path);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each<[string, Buffer, string]>([
    ['no magic', patched(FILE, MAGIC, '\0\0\0\0\0\0\0\0'), 'no tar header where one should be'],
    ['magic of another version', patched(FILE, MAGIC, 'ustar\x0001'), 'no tar header where one should be'],
    ['a changed byte', Buffer.from(FILE).fill('x', 3, 4), 'checksum of a member header does not match'],
    ['no checksum', Buffer.from(FILE).fill(0, CHECKSUM, TYPE), 'checksum of a member header does not match'],
    ['no name', patched(FILE, NAME, Buffer.alloc(100)), 'member without a name'],
    ['a size of letters', patched(FILE, SIZE, 'eight bytes '), 'member "base/1/112" has an invalid size'],
    ['a size of nothing', patched(FILE, SIZE, Buffer.alloc(12)), 'member "base/1/112" has an invalid size'],
    [
      'a size with text behind',
      patched(FILE, SIZE, '0000000123x '),
      'member "base/1/112" has an invalid size',
    ],
    ['a size with a sign', patched(FILE, SIZE, '-0000000123 '), 'member "base/1/112" has an invalid size'],
    ['a negative size', patched(FILE, SIZE, base256(-1n, 0xff)), 'member "base/1/112" has an invalid size'],
    [
      'an immense size',
      patched(FILE, SIZE, base256(2n ** 50n + 1n)),
      'member "base/1/112" has an invalid size',
    ],
    [
      'the largest size',
      patched(FILE, SIZE, Buffer.alloc(12, 0xff).fill(0x80, 0, 1)),
      'member "base/1/112" has an invalid size',
    ],
    ['a bad mode', patched(FILE, MODE, '8       '), 'member "base/1/112" has an invalid mode'],
    ['a bad time', patched(FILE, MTIME, 'x'), 'member "base/1/112" has an invalid time'],
    [
      'a file named as a directory',
      header({ path: 'x/' }),
      'member "x/" is a file, but has the name of a directory',
    ],
    [
      'a directory with contents',
      header({ path: 'x/', type: '5', size: 1 }),
      'member "x/" is a directory, but has contents',
    ],
    [
      'a link with contents',
      header({ path: 'x', type: '2', linkTarget: 'y', size: 1 }),
      'member "x" is a symlink, but has contents',
    ],
    ['a link to nowhere', header({ path: 'x', type: '2' }), 'member "x" is a symbolic link to nowhere'],
    [
      'a name that could confuse',
      header({ path: 'a\nb', type: '1' }),
      'member "a\\nb" is a hard link, which is not supported',
    ],
    ...Object.entries({
      '\0': 'of type "\\x00"',
      '1': 'a hard link',
      '3': 'a character device',
      '4': 'a block device',
      '6': 'a FIFO',
      '7': 'of type "7"',
      S: 'a sparse file',
      A: 'of type "A"',
    }).map(([type, what]): [string, Buffer, string] => [
      `type ${JSON.stringify(type)}`,
      header({ path: 'x', type }),
      `member "x" is ${what}, which is not supported`,
    ]),
  ])('refuses %s', (_name, block, complaint) => {
    expect(() => readMember(block, PLACE)).toThrow(
      new BackupError(`malformed archive "16384.tar": ${complaint}`, {
        detail: 'The trouble begins at byte 2048 of the archive.',
      }),
    );
  });

  it.each([
    ['a link', { name: 'x', type: 'link', linkname: 'y' }, 'a hard link'],
    ['a device', { name: 'x', type: 'block-device' }, 'a block device'],
    ['a FIFO', { name: 'x', type: 'fifo' }, 'a FIFO'],
  ] as const)('refuses what tar-stream makes of %s', async (_name, entry, what) => {
    const archive = await packed([entry]);
    expect(() => readMember(archive.subarray(0, 512), PLACE)).toThrow(`is ${what}, which is not supported`);
  });
});

describe('paddingBytes', () => {
  it.each([
    [0, 0],
    [1, 511],
    [511, 1],
    [512, 0],
    [513, 511],
  ])('fills up %i bytes with %i', (size, padding) => {
    expect(paddingBytes(size)).toBe(padding);
  });
});
