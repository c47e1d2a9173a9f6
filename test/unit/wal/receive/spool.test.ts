/** The spool: a bounded queue on disk, checked against a plain array of bytes. */

import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { Spool } from '../../../../lib/wal/receive/spool.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

const CAPACITY = 1000;

let folder: string;
let spool: Spool;

beforeEach(async () => {
  folder = temporaryFolder();
  spool = await Spool.open(CAPACITY, folder);
});
afterEach(async () => {
  await spool.close();
  removeFolder(folder);
});

const bytes = (length: number, first = 0) =>
  Buffer.from(Array.from({ length }, (_, at) => (first + at) % 251));

describe('Spool', () => {
  it('gives back what was written, in order, whatever the sizes of the pieces', async () => {
    const step = fc.oneof(
      fc.record({ write: fc.integer({ min: 0, max: CAPACITY }) }),
      fc.record({ take: fc.integer({ min: 1, max: 2 * CAPACITY }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const tested = await Spool.open(CAPACITY, folder);
        let model = Buffer.alloc(0);
        try {
          for (const one of steps) {
            if ('write' in one) {
              const piece = bytes(Math.min(one.write, CAPACITY - model.length), tested.written);
              await tested.write(piece);
              model = Buffer.concat([model, piece]);
            } else {
              const piece = await tested.take(one.take);
              expect(piece.length === 0).toBe(model.length === 0);
              expect(piece.equals(model.subarray(0, piece.length))).toBe(true);
              expect(piece.length).toBeLessThanOrEqual(one.take);
              model = model.subarray(piece.length);
            }
            expect(tested.written - tested.read).toBe(model.length);
          }
        } finally {
          await tested.close();
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has no name in the file system', () => {
    expect(readdirSync(folder)).toEqual([]);
  });

  it('holds a writer back while it is full', async () => {
    let written = false;
    const writing = spool.write(bytes(CAPACITY + 1)).then(() => {
      written = true;
    });
    await pause(50);
    expect(written).toBe(false);
    expect(spool.written).toBe(CAPACITY);
    await spool.take(1);
    await writing;
    expect(spool.written).toBe(CAPACITY + 1);
  });

  it('lets a held writer go when it is closed', async () => {
    const writing = spool.write(bytes(2 * CAPACITY));
    await pause(20);
    await spool.close();
    await writing;
  });

  it('is ready as soon as something was written', async () => {
    const ready = spool.ready();
    await spool.write(bytes(3));
    await ready;
    expect(await spool.take(10)).toEqual(bytes(3));
  });

  it('tells a waiting reader why nothing comes any more, and everybody who asks', async () => {
    const ready = spool.ready();
    spool.fail(new Error('first'));
    spool.fail(new Error('second'));
    await expect(ready).rejects.toThrow('first');
    expect(() => spool.check()).toThrow('first');
  });

  it('says where it could not be made', async () => {
    const missing = `${folder}/missing`;
    const opening = Spool.open(CAPACITY, missing);
    await expect(opening).rejects.toThrow(TroubleError);
    await expect(opening).rejects.toThrow(
      `could not create WAL spool file in "${missing}": No such file or directory`,
    );
  });
});
