/**
 * Tar archives for tests, laid out by hand as tarCreateHeader() in src/port/tar.c does it, so that they owe
 * nothing to the code under test.
 */

import { buffer } from 'node:stream/consumers';
import tarStream from 'tar-stream';

/** What a header says, field by field; numbers come out in octal with a space behind. */
export interface HeaderFields {
  readonly path: string;
  readonly type?: string;
  readonly size?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly linkTarget?: string;
  readonly prefix?: string;
}

const BLOCK = 512;
const MAGIC = 257;
const CHECKSUM = { at: 148, bytes: 8 };

/** A header block. */
export function header(fields: HeaderFields): Buffer {
  const { path, type = '0', size = 0, mode = 0o600, uid = 26, gid = 26, mtime = 1_700_000_000 } = fields;
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0, 100);
  block.write(number(mode, 8), 100);
  block.write(number(uid, 8), 108);
  block.write(number(gid, 8), 116);
  block.write(number(size, 12), 124);
  block.write(number(mtime, 12), 136);
  block.write(type, 156);
  block.write(fields.linkTarget ?? '', 157, 100);
  block.write('ustar\x0000', 257);
  block.write('postgres', 265);
  block.write('postgres', 297);
  block.write(number(0, 8), 329);
  block.write(number(0, 8), 337);
  block.write(fields.prefix ?? '', 345, 155);
  return summed(block);
}

/** The block with other bytes at some place, and the checksum for it. */
export function patched(block: Buffer, at: number, bytes: string | Buffer): Buffer {
  const copy = Buffer.from(block);
  copy.set(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, at);
  return summed(copy);
}

/** A file: header, contents, padding. */
export function file(path: string, contents: string | Buffer, fields: Partial<HeaderFields> = {}): Buffer {
  const bytes = Buffer.from(contents);
  return Buffer.concat([header({ path, size: bytes.length, ...fields }), bytes, padding(bytes.length)]);
}

export function directory(path: string): Buffer {
  return header({ path: `${path}/`, type: '5', mode: 0o700 });
}

/** A symbolic link as the server sends those in pg_tblspc. */
export function symlink(path: string, linkTarget: string): Buffer {
  return header({ path: `${path}/`, type: '2', mode: 0o700, linkTarget });
}

/** An extended header of pax with these records, or a global one. */
export function pax(records: readonly Buffer[], type: 'x' | 'g' = 'x'): Buffer {
  return file('././@PaxHeader', Buffer.concat(records), { type });
}

/** A record of pax, whose length counts its own digits. */
export function paxRecord(keyword: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${keyword}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** A long name ('L') or link target ('K') as GNU tar writes it, in its older header. */
export function gnuLong(type: 'L' | 'K', name: string | Buffer): Buffer {
  const whole = file('././@LongLink', Buffer.concat([Buffer.from(name), Buffer.alloc(1)]), { type });
  return Buffer.concat([patched(whole.subarray(0, BLOCK), MAGIC, 'ustar  \0'), whole.subarray(BLOCK)]);
}

/** The blocks of zeros at the end of an archive. */
export const END = Buffer.alloc(2 * BLOCK);

/** A whole archive. */
export function tar(...members: readonly Buffer[]): Buffer {
  return Buffer.concat([...members, END]);
}

/** An archive with a bit of everything that a base archive has. */
export function smallTar(): Buffer {
  return tar(
    file('backup_label', 'START WAL LOCATION: 0/2000028\n'),
    directory('base'),
    directory('base/1'),
    file('base/1/112', Buffer.alloc(1536, 'page')),
    file('base/1/113', ''),
    file('base/1/größe', Buffer.alloc(513, 'x')),
    directory('pg_tblspc'),
    symlink('pg_tblspc/16384', '/srv/fast ts'),
    directory('./pg_wal/archive_status'),
    file('global/pg_control', Buffer.alloc(511, 'c')),
  );
}

/** An archive as tar-stream makes it. */
export async function packed(
  entries: readonly (Partial<tarStream.Header> & { readonly name: string; readonly bytes?: Buffer })[],
): Promise<Buffer> {
  const pack = tarStream.pack();
  for (const { bytes = Buffer.alloc(0), ...entry } of entries) pack.entry(entry, bytes);
  pack.finalize();
  return await buffer(pack);
}

function number(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')} `;
}

function padding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
}

function summed(block: Buffer): Buffer {
  block.fill(' ', CHECKSUM.at, CHECKSUM.at + CHECKSUM.bytes);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(number(sum, CHECKSUM.bytes), CHECKSUM.at);
  return block;
}
