import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { decode } from '../../../lib/stream/decode.ts';
import { anyBackup } from '../../support/any-backup.ts';
import { encodeAll, smallBackup, spellAll } from '../../support/frames.ts';
import { gather, joinData } from '../../support/gather.ts';
import { CUTS, every, lend, randomFrom, randomly, rechunk, whole } from '../../support/rechunk.ts';

const SMALL = spellAll(smallBackup());
/** For thousands of runs on a machine that has other things to do. */
const PATIENT = { timeout: 60_000 };

describe('decode', () => {
  it.each(CUTS)('gives the same frames when the stream comes $name', async ({ cut }) => {
    const { frames, bytes, error } = await gather(decode(lend(SMALL, cut)));
    expect(error).toBeUndefined();
    expect(frames).toEqual(joinData(smallBackup()));
    expect(bytes).toEqual(SMALL);
  });

  it('gives the same frames for any stream in any cut', PATIENT, async () => {
    await fc.assert(
      fc.asyncProperty(
        anyBackup,
        fc.integer(),
        fc.integer({ min: 1, max: 200 }),
        async (frames, seed, longest) => {
          const stream = spellAll(frames);
          const read = await gather(decode(lend(stream, randomly(seed, longest))));
          expect(read.error).toBeUndefined();
          expect(read.frames).toEqual(joinData(frames));
          expect(read.bytes.equals(stream)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps large messages whole across many chunks', async () => {
    const contents = Buffer.alloc(300_000, 'contents');
    const frames = smallBackup().map((frame) =>
      frame.type === 'data' ? { ...frame, parts: [contents], bytes: contents.length } : frame,
    );
    const read = await gather(decode(lend(spellAll(frames), every(4096))));
    const bytes = read.frames.map((frame) => (frame.type === 'data' ? frame.bytes : 0));
    expect(bytes.filter((length) => length > 0)).toEqual(
      [1, 1, 1, 1, 2, 1, 1].map((runs) => runs * contents.length),
    );
    expect(read.bytes.equals(spellAll(frames))).toBe(true);
  });

  it('yields neighbouring contents of one chunk as one frame', async () => {
    const read: number[] = [];
    for await (const frame of decode(rechunk(SMALL, whole))) {
      if (frame.type === 'data') read.push(frame.parts.length);
    }
    expect(read).toEqual([1, 1, 1, 1, 2, 1, 1]);
  });
});

describe('a stream that was cut short', () => {
  it('is reported, wherever the cut is', PATIENT, async () => {
    for (let length = 0; length < SMALL.length; length++) {
      const { error } = await gather(decode(lend(SMALL.subarray(0, length), whole)));
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({ message: 'stream ended before its end' });
    }
  });

  it('says how much came and what was missing', async () => {
    const detail = async (bytes: Buffer) => (await gather(decode(lend(bytes, whole)))).error;
    expect(await detail(Buffer.alloc(0))).toMatchObject({ detail: 'Nothing was received.' });
    expect(await detail(SMALL.subarray(0, 3))).toMatchObject({
      detail: 'It ended after 3 bytes, in the middle of a message.',
    });
    const end = encodeAll([{ type: 'end' }]).length;
    expect(await detail(SMALL.subarray(0, SMALL.length - end))).toMatchObject({
      detail: `It ended after ${SMALL.length - end} bytes, while the end of the backup was expected.`,
    });
  });
});

describe('a damaged stream', () => {
  const RUNS = 4000;

  it('never hangs, throws only BackupError, and is judged the same in every cut', PATIENT, async () => {
    const random = randomFrom(20260101);
    for (let run = 0; run < RUNS; run++) {
      const bytes = damage(SMALL, random);
      const one = await gather(decode(lend(bytes, whole)));
      const other = await gather(decode(lend(bytes, randomly(run))));
      if (one.error === undefined) expect(one.bytes.equals(bytes)).toBe(true);
      else expect(one.error).toBeInstanceOf(BackupError);
      expect(verdict(other.error)).toBe(verdict(one.error));
      expect(isDeepStrictEqual(other.frames, one.frames)).toBe(true);
    }
  });
});

function verdict(error: unknown): string {
  return error instanceof BackupError ? `${error.message}; ${error.detail}` : String(error);
}

/** A copy of the bytes with one to three random injuries. */
function damage(bytes: Buffer, random: (limit: number) => number): Buffer {
  const injuries = 1 + random(3);
  let damaged = bytes;
  for (let injury = 0; injury < injuries; injury++) damaged = injure(damaged, random);
  return damaged;
}

function injure(bytes: Buffer, random: (limit: number) => number): Buffer {
  const place = random(bytes.length);
  const end = Math.min(place + 1 + random(40), bytes.length);
  const [before, slice, after] = [bytes.subarray(0, place), bytes.subarray(place, end), bytes.subarray(end)];
  const noise = Buffer.from(slice.map(() => random(256)));
  const ways = [
    () =>
      Buffer.concat([before, Buffer.of((bytes[place] ?? 0) ^ (1 << random(8))), bytes.subarray(place + 1)]),
    () => Buffer.concat([before, after]),
    () => Buffer.concat([before, noise, slice, after]),
    () => Buffer.concat([before, slice, slice, after]),
    () => Buffer.concat([before, noise, after]),
  ];
  return ways[random(ways.length)]?.() ?? bytes;
}
