/**
 * bb-relocate's filter on streams: what comes out is what the server would have sent, had the tablespaces been in the
 * new destinations. The oracle is a builder that knows nothing of moving.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHECKSUM_ALGORITHMS } from '../../../lib/manifest/checksum.ts';
import { relocate } from '../../../lib/relocate/relocate.ts';
import { decode } from '../../../lib/stream/decode.ts';
import { encode } from '../../../lib/stream/encode.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { type Mapping, oidMapping } from '../../../lib/tablespaces/mapping.ts';
import { anyBackup } from '../../support/any-backup.ts';
import { data, encodeAll, notice, spellAll, type Tablespace } from '../../support/frames.ts';
import { joinData } from '../../support/gather.ts';
import { CUTS, type Cut, every, lend, randomly } from '../../support/rechunk.ts';
import { type Parts, stream, streamBytes } from './build.ts';
import { moves, NEW, OLD, run } from './relocation.ts';

async function expectMoved(parts: Parts, to: readonly Tablespace[], cut: Cut = every(5000)): Promise<void> {
  const { frames, error } = await run(streamBytes(parts), moves(parts.tablespaces, to), cut);
  expect(error).toBeUndefined();
  expect(frames).toEqual(joinData(stream({ ...parts, tablespaces: to })));
}

describe('relocate', () => {
  it.each(CUTS)('gives what the server would send from the new destinations, $name', async ({ cut }) => {
    await expectMoved({ tablespaces: OLD }, NEW, cut);
  });

  it.each(
    CHECKSUM_ALGORITHMS.flatMap((algorithm) =>
      ([1, 2] as const).flatMap((version) =>
        [false, true].map((forceEncode) => ({ algorithm, version, forceEncode })),
      ),
    ),
  )('edits manifests: $algorithm, version $version, encoded $forceEncode', async (manifest) => {
    await expectMoved({ tablespaces: OLD, manifest }, NEW);
  });

  /** A link in a tar has room for 99 bytes. */
  const short = (all: readonly Tablespace[]) =>
    all.map(({ oid, location }) => ({ oid, location: location.slice(0, 40) }));

  it.each(['links', 'both'] as const)('edits %s in base.tar', async (has) => {
    await expectMoved({ tablespaces: short(OLD), has }, short(NEW));
  });

  it.each([
    { name: 'without a manifest', parts: { manifest: false as const } },
    { name: 'of version 18', parts: { version: '18.1 (Debian 18.1-1)' } },
  ])('takes a backup $name', async ({ parts }) => {
    await expectMoved({ tablespaces: OLD, ...parts }, NEW);
  });

  it('moves one and leaves the others', async () => {
    const to = OLD.map((tablespace, index) => (index === 1 ? { ...tablespace, location: '/x' } : tablespace));
    await expectMoved({ tablespaces: OLD }, to);
  });

  it("gives two tablespaces each other's place", async () => {
    const [one, two] = [
      { oid: 1, location: '/a' },
      { oid: 2, location: '/b' },
    ];
    await expectMoved({ tablespaces: [one, two] }, [
      { ...one, location: '/b' },
      { ...two, location: '/a' },
    ]);
  });

  it('moves any tablespaces anywhere', async () => {
    const name = fc.string({
      unit: fc.constantFrom('a', ' ', '=', '\\', '.', '$', '"', 'ü', '\u{1f418}'),
      maxLength: 30,
    });
    // Beneath a directory of their own, so that none is in another one.
    const move = fc.record({ old: name, new: name, moves: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 4 }), fc.nat(), async (all, seed) => {
        const old = all.map((one, index) => ({ oid: index + 1, location: `/old${index}/x${one.old}` }));
        const to = all.map((one, index) =>
          one.moves ? { oid: index + 1, location: `/new${index}/x${one.new}` } : old[index],
        );
        const mappings = all.flatMap((one, index) =>
          one.moves ? [oidMapping(index + 1, to[index]?.location ?? '')] : [],
        );
        const { frames, error } = await run(
          streamBytes({ tablespaces: old }),
          mappings,
          randomly(seed, 9000),
        );
        expect(error).toBeUndefined();
        const wanted = joinData(stream({ tablespaces: to as Tablespace[] }));
        expect(encodeAll(frames).equals(encodeAll(wanted))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('what is not edited', () => {
  const identity: Mapping = {
    subject: '',
    complaint: '',
    fits: () => true,
    target: ({ location }) => location,
  };

  /** Whether a frame is one that can be relocated. */
  const isPlain = (frame: Frame): boolean => {
    if (frame.type === 'archive') return frame.name.startsWith('pg_wal') || frame.name.endsWith('.tar');
    return frame.type !== 'tablespace' || !frame.location?.includes('\ufffd');
  };
  const isTablespace = (frame: Frame) => frame.type === 'tablespace' && frame.oid !== null;

  it('passes byte for byte if nothing moves, whatever the stream', async () => {
    const backups = anyBackup.filter((frames) => frames.every(isPlain) && frames.some(isTablespace));
    await fc.assert(
      fc.asyncProperty(backups, fc.nat(), async (frames, seed) => {
        const bytes = encodeAll(frames);
        const { bytes: out, error } = await run(bytes, [identity], randomly(seed));
        expect(error).toBeUndefined();
        expect(out.equals(bytes)).toBe(true);
      }),
    );
  });

  it('passes with its wire, in base.tar behind the map too', async () => {
    const parts = { tablespaces: OLD, filling: Buffer.alloc(10_000_000, 'x'), manifest: false as const };
    const without: Frame[] = [];
    const copied = new Set<string>();
    for await (const frame of relocate(moves(OLD, NEW))(
      decode(lend(encodeAll(stream(parts)), every(65_536))),
    )) {
      if (encode(frame).length === 0) continue;
      if (frame.wire === undefined) without.push(frame);
      else copied.add(frame.type);
    }
    expect(without.length).toBeLessThan(20);
    expect(without.filter(({ type }) => type === 'tablespace')).toHaveLength(3);
    expect(without.filter(({ type }) => type === 'archive')).toHaveLength(3);
    expect(copied).toEqual(
      new Set([
        'parameter',
        'columns',
        'start',
        'result-end',
        'tablespace',
        'copy',
        'archive',
        'data',
        'copy-done',
        'stop',
        'end',
      ]),
    );
  });

  it('is a notice, wherever it stands', async () => {
    const frames = stream({ tablespaces: OLD }).flatMap((frame) => [notice('hear'), frame]);
    const { frames: out } = await run(spellAll(frames), moves(OLD, NEW), every(5000));
    expect(out.filter(({ type }) => type === 'notice')).toHaveLength(frames.length / 2);
  });

  it('is a manifest where only links were edited', async () => {
    const parts: Parts = { tablespaces: OLD.slice(0, 1), has: 'links' };
    const to = [{ oid: 16384, location: '/x' }];
    const { frames } = await run(streamBytes(parts), moves(parts.tablespaces, to));
    const manifest = frames[frames.findIndex(({ type }) => type === 'manifest') + 1];
    expect(manifest).toEqual(data(buildManifestOf(parts)));
  });
});

function buildManifestOf(parts: Parts): Buffer {
  const frames = stream(parts);
  const frame = frames[frames.findIndex(({ type }) => type === 'manifest') + 1];
  return frame?.type === 'data' ? Buffer.concat(frame.parts) : Buffer.alloc(0);
}

describe('only these lines of the manifest differ', () => {
  it("that of tablespace_map, in size and checksum, and that of the manifest's own checksum", async () => {
    const before = buildManifestOf({ tablespaces: OLD }).toString().split('\n');
    const { frames } = await run(streamBytes({ tablespaces: OLD }), moves(OLD, NEW));
    const frame = frames[frames.findIndex(({ type }) => type === 'manifest') + 1];
    const after = (frame?.type === 'data' ? Buffer.concat(frame.parts) : '').toString().split('\n');
    expect(after).toHaveLength(before.length);
    const changed = after.filter((line, index) => line !== before[index]);
    expect(changed).toEqual([
      expect.stringMatching(
        /^\{ "Path": "tablespace_map", "Size": \d+, "Last-Modified": "2026-11-22 16:02:19 GMT", /,
      ),
      expect.stringMatching(/^"Manifest-Checksum": "[0-9a-f]{64}"\}$/),
    ]);
  });
});
