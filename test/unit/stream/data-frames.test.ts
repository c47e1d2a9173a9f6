import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataFrames } from '../../../lib/stream/data-frames.ts';

const MAX = 1024 * 1024;

describe('dataFrames', () => {
  it.each([
    { lengths: [], frames: [] },
    { lengths: [0, 0], frames: [] },
    { lengths: [5, 0, 7], frames: [12] },
    { lengths: [MAX], frames: [MAX] },
    { lengths: [MAX - 1, 1, 3], frames: [MAX, 3] },
    { lengths: [7, 3 * MAX], frames: [MAX, MAX, MAX, 7] },
  ])('makes frames of $frames bytes of $lengths', ({ lengths, frames }) => {
    const made = [...dataFrames(lengths.map((length) => Buffer.alloc(length)))];
    expect(made.map(({ bytes }) => bytes)).toEqual(frames);
    expect(made.map(({ parts }) => Buffer.concat(parts).length)).toEqual(frames);
  });

  it('gives all bytes in their order, and copies none', () => {
    const piece = fc.nat(3 * MAX).map((length) => Buffer.alloc(length, String(length)));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
        const parts = [...dataFrames(pieces)].flatMap((frame) => frame.parts);
        expect(Buffer.concat(parts).equals(Buffer.concat(pieces))).toBe(true);
        for (const part of parts) expect(pieces.some(({ buffer }) => buffer === part.buffer)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
