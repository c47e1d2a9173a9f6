/** pg_wal.tar as it is made, read by tar-stream. */

import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { TarReader } from '../../../../lib/tar/reader.ts';
import { WalArchive } from '../../../../lib/wal/receive/wal-archive.ts';
import { randomly, rechunk } from '../../../support/rechunk.ts';

const SEGMENT = 1024 ** 2;

interface Entry {
  readonly name: string;
  readonly size: number | undefined;
  readonly mode: number | undefined;
  readonly contents: Buffer;
}

async function read(archive: Buffer): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    const { name, size, mode } = entry.header;
    entries.push({ name, size, mode, contents: Buffer.concat(chunks) });
  }
  return entries;
}

/** The archive in one piece; what is lent is copied at once. */
function gather(...pieces: Iterable<Buffer>[]): Buffer {
  return Buffer.concat(pieces.flatMap((some) => [...some].map((piece) => Buffer.from(piece))));
}

const wal = (bytes: number) => Buffer.alloc(bytes, 'write-ahead log ');

describe('WalArchive', () => {
  it('holds whole segments with their marks, and a last one filled up with zeros without', async () => {
    const archive = new WalArchive(SEGMENT);
    const contents = wal(2 * SEGMENT + 100);
    const bytes = gather(
      archive.begin(1, 0xfff00000n, undefined),
      archive.append(contents),
      archive.finish(),
    );
    const entries = await read(bytes);
    expect(entries.map(({ name, size, mode }) => [name, size, mode])).toEqual([
      ['000000010000000000000FFF', SEGMENT, 0o600],
      ['archive_status/000000010000000000000FFF.done', 0, 0o600],
      ['000000010000000100000000', SEGMENT, 0o600],
      ['archive_status/000000010000000100000000.done', 0, 0o600],
      ['000000010000000100000001', SEGMENT, 0o600],
    ]);
    const segments = entries.filter(({ size }) => size === SEGMENT).map((entry) => entry.contents);
    const expected = Buffer.concat([contents, Buffer.alloc(SEGMENT - 100)]);
    expect(Buffer.concat(segments).equals(expected)).toBe(true);
  });

  it('ends as tar archives end, and is read by our own reader', () => {
    const archive = new WalArchive(SEGMENT);
    const bytes = gather(archive.begin(1, 0n, undefined), archive.append(wal(5)), archive.finish());
    expect(bytes.length).toBe(512 + SEGMENT + 1024);
    const reader = new TarReader('pg_wal.tar');
    for (const chunk of reader.push(bytes)) expect(chunk).toBeDefined();
    reader.end();
  });

  it('has no partial segment when the last one is full', async () => {
    const archive = new WalArchive(SEGMENT);
    const bytes = gather(archive.begin(1, 0n, undefined), archive.append(wal(SEGMENT)), archive.finish());
    expect((await read(bytes)).map(({ name }) => name)).toEqual([
      '000000010000000000000000',
      'archive_status/000000010000000000000000.done',
    ]);
    expect(archive.missing).toBe(0);
  });

  it('goes over to another timeline with its history, in the same segment again', async () => {
    const archive = new WalArchive(SEGMENT);
    const history = Buffer.from('1\t0/2080000\tno recovery target specified \xff\n', 'latin1');
    const bytes = gather(
      archive.begin(1, 0x2000000n, undefined),
      archive.append(wal(0x80000)),
      archive.begin(2, 0x2000000n, history),
      archive.append(wal(SEGMENT)),
      archive.finish(),
    );
    const entries = await read(bytes);
    expect(entries.map(({ name, size }) => [name, size])).toEqual([
      ['000000010000000000000020', SEGMENT],
      ['00000002.history', history.length],
      ['archive_status/00000002.history.done', 0],
      ['000000020000000000000020', SEGMENT],
      ['archive_status/000000020000000000000020.done', 0],
    ]);
    expect(entries[1]?.contents).toEqual(history);
    expect(archive.timeline).toBe(2);
    expect(archive.position).toBe(0x2100000n);
  });

  it.each([1, 2, 3])('is the same in whatever pieces WAL comes (seed %d)', async (seed) => {
    const contents = wal(SEGMENT + 12345);
    const archive = new WalArchive(SEGMENT);
    const pieces = [gather(archive.begin(1, 0n, undefined))];
    for await (const chunk of rechunk(contents, randomly(seed, 100_000))) {
      pieces.push(gather(archive.append(chunk)));
    }
    pieces.push(gather(archive.finish()));
    const [first, , second] = await read(Buffer.concat(pieces));
    expect(first?.contents.equals(contents.subarray(0, SEGMENT))).toBe(true);
    expect(second?.contents.subarray(0, 12345).equals(contents.subarray(SEGMENT))).toBe(true);
  });
});
