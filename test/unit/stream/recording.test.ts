import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../lib/stream/decode.ts';
import { encode } from '../../../lib/stream/encode.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { gather, joinData } from '../../support/gather.ts';
import { CUTS, lend, rechunk, whole } from '../../support/rechunk.ts';

/** Replies of real servers, made by test/fixtures/record.ts; those of 13 and 14 are in ../source/server/legacy.test.ts. */
const FIXTURES = new URL('../../fixtures/', import.meta.url);
const RECORDINGS = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.bin') && !/-1[34]\./.test(name))
  .map((name) => ({ name, recording: readFileSync(new URL(name, FIXTURES)) }));
/** What encode() leaves out or, in columns, does as servers from 16 on do: a modifier of -1, a tli of 8 bytes. */
const madeOtherwise = (name: string, { type }: Frame) =>
  type === 'notice' || (type === 'columns' && name === 'base-backup-15.bin');

/** What the server sends, in its order: two tablespaces, base.tar, the manifest. */
const TYPES = [
  ...['columns', 'start', 'result-end'],
  ...['columns', 'tablespace', 'tablespace', 'tablespace', 'result-end'],
  'copy',
  ...['archive', 'data', 'archive-end'],
  ...['archive', 'data', 'archive-end'],
  ...['archive', 'data', 'archive-end'],
  ...['manifest', 'data', 'manifest-end', 'copy-done'],
  ...['columns', 'stop', 'result-end', 'end'],
];

describe.each(RECORDINGS)('the reply of a real server, $name', ({ name, recording }) => {
  it.each(CUTS)('passes byte for byte $name', async ({ cut }) => {
    const { frames, bytes, error } = await gather(decode(lend(recording, cut)));
    expect(error).toBeUndefined();
    expect(bytes).toEqual(recording);
    const steps = frames.filter(({ type }) => type !== 'progress' && type !== 'notice');
    expect(joinData(steps).map(({ type }) => type)).toEqual(TYPES);
  });

  it('is what encode makes of its frames', async () => {
    for await (const frame of decode(rechunk(recording, whole))) {
      const { wire = [], ...made } = frame;
      if (madeOtherwise(name, frame) || (frame.type === 'data' && frame.parts.length > 1)) continue;
      expect(Buffer.concat(encode(made as Frame))).toEqual(Buffer.concat(wire));
    }
  });

  it('lists the tablespaces and their archives', async () => {
    const { frames } = await gather(decode(lend(recording, whole)));
    const listed = frames.flatMap((frame) => (frame.type === 'tablespace' ? [frame] : []));
    const archives = frames.flatMap((frame) => (frame.type === 'archive' ? [frame] : []));
    expect(listed.map(({ location }) => location ?? '')).toEqual(archives.map(({ location }) => location));
    expect(listed[1]?.location).toMatch(/^\/.*\/größe = 1$/);
    expect(archives.map(({ name }) => name)).toEqual([
      `${listed[0]?.oid}.tar`,
      `${listed[1]?.oid}.tar`,
      'base.tar',
    ]);
  });
});
