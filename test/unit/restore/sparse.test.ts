/** Holes: files are the same with them, and take less room. */

import { closeSync, ftruncateSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SparseFileWriter } from '../../../lib/restore/sparse-file.ts';
import { tree } from '../../support/tree.ts';
import { file } from '../tar/build.ts';
import { cluster, scratch, tryExtract } from './cluster.ts';

const UNIT = 32 * 1024;
const MEGABYTE = 1024 * 1024;
const BLOCK_BYTES = 512;

const allocated = (path: string) => statSync(path).blocks * BLOCK_BYTES;
const zeros = (bytes: number) => Buffer.alloc(bytes);
const noise = (bytes: number) => Buffer.alloc(bytes, 'noise');

/** Not every file system has holes. */
function hasHoles(folder: string): boolean {
  const path = join(folder, 'probe');
  const fd = openSync(path, 'w');
  ftruncateSync(fd, MEGABYTE);
  closeSync(fd);
  return allocated(path) < MEGABYTE;
}

/** Writes pieces together, up to the next undefined. */
function write(path: string, pieces: readonly (Buffer | undefined)[], writer = new SparseFileWriter()): void {
  writer.begin(path, 0o600);
  let together: Buffer[] = [];
  for (const piece of [...pieces, undefined]) {
    if (piece !== undefined) together.push(piece);
    else {
      writer.push(together);
      together = [];
    }
  }
  writer.end();
}

const rows: readonly { name: string; pieces: readonly (Buffer | undefined)[]; room: number }[] = [
  { name: 'nothing', pieces: [], room: 0 },
  { name: 'zeros only', pieces: [zeros(MEGABYTE)], room: 0 },
  { name: 'zeros only, not of whole units', pieces: [zeros(UNIT + 1)], room: 0 },
  { name: 'no zeros', pieces: [noise(MEGABYTE)], room: MEGABYTE },
  { name: 'zeros in the middle', pieces: [noise(UNIT), zeros(MEGABYTE), noise(UNIT)], room: 2 * UNIT },
  { name: 'zeros at the beginning', pieces: [zeros(MEGABYTE), noise(UNIT)], room: UNIT },
  { name: 'zeros at the end', pieces: [noise(UNIT), zeros(MEGABYTE)], room: UNIT },
  {
    name: 'zeros that come in turns',
    pieces: [noise(UNIT), undefined, zeros(UNIT), undefined, zeros(UNIT), noise(UNIT)],
    room: 2 * UNIT,
  },
  { name: 'a single byte between zeros', pieces: [zeros(UNIT + 5), noise(1), zeros(UNIT)], room: UNIT },
  {
    name: 'runs that are too short',
    pieces: Array(32)
      .fill([noise(8192), zeros(8192)])
      .flat(),
    room: MEGABYTE,
  },
];

describe('SparseFileWriter', () => {
  it.each(rows)('writes $name', ({ pieces, room }) => {
    const folder = scratch();
    const path = join(folder, 'file');
    write(path, pieces);
    const bytes = pieces.flatMap((piece) => piece ?? []);
    expect(readFileSync(path).equals(Buffer.concat(bytes))).toBe(true);
    if (hasHoles(folder)) expect(allocated(path)).toBeLessThanOrEqual(room);
  });

  it('writes one file after the other', () => {
    const folder = scratch();
    const writer = new SparseFileWriter();
    for (const name of ['first', 'second']) {
      write(join(folder, name), [noise(10), undefined, zeros(2 * UNIT)], writer);
      expect(statSync(join(folder, name)).size).toBe(10 + 2 * UNIT);
    }
  });

  it('writes any contents in any pieces', () => {
    const path = join(scratch(), 'file');
    const writer = new SparseFileWriter();
    const piece = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 * UNIT }));
    const pieces = fc.array(fc.option(piece, { nil: undefined }), { maxLength: 12 });
    let runs = 0;
    fc.assert(
      fc.property(pieces, (plan) => {
        const name = `${path}${runs++}`;
        const chosen = plan.map((step) => step && (step[0] ? noise(step[1]) : zeros(step[1])));
        write(name, chosen, writer);
        const expected = chosen.filter((bytes) => bytes !== undefined);
        expect(readFileSync(name).equals(Buffer.concat(expected))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('an extraction with holes', () => {
  it('has the same files as one without, which take less room', async () => {
    const [usual, sparse] = [scratch(), scratch()];
    const members = [file('base/1/16384', Buffer.concat([noise(8192), zeros(MEGABYTE), noise(8192)]))];
    await tryExtract(usual, cluster({ members }));
    expect(await tryExtract(sparse, cluster({ members }), { sparse: true, sync: true })).toHaveProperty(
      'summary',
    );
    expect(await tree(sparse)).toEqual(await tree(usual));
    const path = 'data/base/1/16384';
    expect(allocated(join(usual, path))).toBeGreaterThanOrEqual(MEGABYTE);
    if (hasHoles(sparse)) expect(allocated(join(sparse, path))).toBeLessThanOrEqual(4 * UNIT);
  });
});
