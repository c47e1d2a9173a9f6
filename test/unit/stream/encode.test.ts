import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../lib/stream/decode.ts';
import { encode } from '../../../lib/stream/encode.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { MAX_MESSAGE_BYTES, MESSAGE_HEAD_BYTES } from '../../../lib/stream/framing.ts';
import { anyBackup } from '../../support/any-backup.ts';
import { columns, data, encodeAll, smallBackup, spellAll } from '../../support/frames.ts';
import { gather, joinData } from '../../support/gather.ts';
import { CUTS, every, lend } from '../../support/rechunk.ts';

describe('encode', () => {
  it.each(smallBackup().map((frame) => [frame.type, frame] as const))(
    'lays a %s frame out as the manual has it',
    (_type, frame) => {
      expect(encodeAll([frame])).toEqual(spellAll([frame]));
    },
  );

  it('lays any stream out as the manual has it', () => {
    fc.assert(fc.property(anyBackup, (frames) => encodeAll(frames).equals(spellAll(frames))));
  });

  it('gives back the bytes of what was decoded, with and without its wire', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyBackup, fc.constantFrom(...CUTS), async (frames, { cut }) => {
        const stream = spellAll(joinData(frames));
        const { frames: withoutWire, bytes } = await gather(decode(lend(stream, cut)));
        expect(bytes.equals(stream)).toBe(true);
        expect(encodeAll(withoutWire).equals(stream)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('writes the wire of a frame that was read, whatever else is in it', () => {
    const wire = [Buffer.from('as it'), Buffer.from(' came')];
    expect(encode({ type: 'end', wire })).toBe(wire);
  });

  it('copies no contents', () => {
    const parts = [Buffer.from('one'), Buffer.from('two')];
    const [, ...rest] = encode({ type: 'data', parts, bytes: 6 });
    expect(rest[0]).toBe(parts[0]);
    expect(rest[1]).toBe(parts[1]);
  });

  it('takes a column that the server does not have for text', () => {
    const frame = columns('recptr', 'tli', 'new_in_19');
    expect(encodeAll([frame])).toEqual(spellAll([frame]));
  });
});

describe('the longest message', () => {
  const contents = (bytes: number): Frame => data(Buffer.alloc(bytes));
  const longest = MAX_MESSAGE_BYTES - MESSAGE_HEAD_BYTES;

  it('is written and read', async () => {
    const toFirstArchive = smallBackup().slice(0, 12);
    const stream = encodeAll([...toFirstArchive, contents(longest)]);
    const { frames, bytes } = await gather(decode(lend(stream, every(65536))));
    expect(frames.at(-1)).toMatchObject({ type: 'data', bytes: longest });
    expect(bytes.equals(stream)).toBe(true);
  });

  it('is not exceeded', () => {
    expect(() => encode(contents(longest + 1))).toThrow('data frame is too long for one message');
  });
});
