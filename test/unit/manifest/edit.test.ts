/** The manifest's editor: only the lines that must change do, and it refuses to make good what was bad. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../lib/manifest/checksum.ts';
import { ManifestEditor } from '../../../lib/manifest/edit.ts';
import type { FileChange } from '../../../lib/manifest/entry.ts';
import { NewerVersionError } from '../../../lib/postgres/newer.ts';
import { buildManifest, seal } from './build.ts';

const before = Buffer.from('16384 /old\n');
const after = Buffer.from('16384 /somewhere/new\n');
const others = { backup_label: Buffer.from('label'), 'base/1/1259': Buffer.alloc(8192, 7) };
const files = { ...others, tablespace_map: before, 'tablespace_map.old': before };
const good = buildManifest({ files });

function edit(
  manifest: Buffer,
  pieces: readonly number[] = [],
  changes: readonly FileChange[] = [{ path: 'tablespace_map', before, after }],
): string {
  const editor = new ManifestEditor(changes);
  const out: Buffer[] = [];
  let start = 0;
  for (const end of [...pieces, manifest.length]) {
    const piece = Buffer.from(manifest.subarray(start, end));
    for (const bytes of editor.push(piece)) out.push(Buffer.from(bytes));
    piece.fill('#'); // what was lent is over
    start = end;
  }
  editor.end();
  return Buffer.concat(out).toString();
}

describe('ManifestEditor', () => {
  it.each(
    CHECKSUM_ALGORITHMS.flatMap((algorithm) =>
      ([1, 2] as const).flatMap((version) =>
        [false, true].map((forceEncode) => ({ algorithm, version, forceEncode })),
      ),
    ),
  )(
    'changes nothing but the entry and the checksum: $algorithm, version $version, encoded $forceEncode',
    (how) => {
      const edited = edit(buildManifest({ files, ...how }));
      expect(edited).toBe(buildManifest({ files: { ...files, tablespace_map: after }, ...how }).toString());
    },
  );

  it('leaves two lines different', () => {
    const lines = good.toString().split('\n');
    const changed = edit(good)
      .split('\n')
      .filter((line, index) => line !== lines[index]);
    expect(changed).toEqual([
      `{ "Path": "tablespace_map", "Size": ${after.length}, "Last-Modified": "2026-11-22 16:02:19 GMT", ` +
        `"Checksum-Algorithm": "CRC32C", "Checksum": "${checksumOf('CRC32C', after)}" },`,
      expect.stringMatching(/^"Manifest-Checksum": "[0-9a-f]{64}"\}$/),
    ]);
  });

  it('finds the entry where it is first and where it is last', () => {
    for (const order of [
      ['tablespace_map', 'a'],
      ['a', 'tablespace_map'],
    ]) {
      const make = (bytes: Buffer) =>
        buildManifest({ files: Object.fromEntries(order.map((p) => [p, bytes])) });
      expect(edit(make(before))).toContain(`"Size": ${after.length}`);
    }
  });

  it('does not depend on the cuts', () => {
    const whole = edit(good);
    expect(edit(good, Array.from(good.keys()))).toBe(whole);
    const cuts = fc
      .array(fc.nat(good.length), { maxLength: 8 })
      .map((places) => places.sort((a, b) => a - b));
    fc.assert(fc.property(cuts, (places) => edit(good, places) === whole));
  });

  describe.each([false, true])('with a file that is left out, names encoded: %s', (forceEncode) => {
    const make = (names: readonly string[]) =>
      buildManifest({ files: Object.fromEntries(names.map((name) => [name, before])), forceEncode });
    const leaveOut = (manifest: Buffer, pieces: readonly number[] = [], name = 'tablespace_map') =>
      edit(manifest, pieces, [{ path: name, before, after: undefined }]);

    it.each([
      { place: 'first', names: ['tablespace_map', 'a', 'b'], left: ['a', 'b'] },
      { place: 'in the middle', names: ['a', 'tablespace_map', 'b'], left: ['a', 'b'] },
      { place: 'last', names: ['a', 'b', 'tablespace_map'], left: ['a', 'b'] },
      { place: 'last of two', names: ['b', 'tablespace_map'], left: ['b'] },
    ])('takes its line away where it is $place, whatever the cuts', ({ names, left }) => {
      const manifest = make(names);
      const expected = make(left).toString();
      expect(leaveOut(manifest)).toBe(expected);
      expect(leaveOut(manifest, Array.from(manifest.keys()))).toBe(expected);
    });

    it('is JSON with no file at all', () => {
      expect(JSON.parse(leaveOut(make(['tablespace_map'])))).toMatchObject({ Files: [] });
    });

    it('takes away several in a row', () => {
      const changes = ['b', 'c'].map((path) => ({ path, before, after: undefined }));
      expect(edit(make(['a', 'b', 'c']), [], changes)).toBe(make(['a']).toString());
    });

    it('does not make good what was bad', () => {
      expect(() => leaveOut(make(['a']))).toThrow('"tablespace_map" is not in the backup manifest');
      const other = buildManifest({ files: { tablespace_map: after }, forceEncode });
      expect(() => leaveOut(other)).toThrow('size mismatch for file "tablespace_map"');
    });
  });

  it('passes everything through when there is nothing to edit', () => {
    const editor = new ManifestEditor([]);
    expect(Buffer.concat([...editor.push(good)])).toEqual(good);
    editor.end();
  });

  it('rejects a manifest that is cut anywhere', () => {
    for (let length = 0; length < good.length; length += 7) {
      expect(() => edit(good.subarray(0, length)), `${length} bytes`).toThrow(BackupError);
    }
  });

  it('rejects damage anywhere', () => {
    const place = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(place, ([index, mask]) => {
        const damaged = Buffer.from(good);
        damaged[index] = (damaged[index] ?? 0) ^ mask;
        expect(() => edit(damaged)).toThrow(BackupError);
      }),
      { numRuns: 500 },
    );
  });

  const text = good.toString();
  const body = text.slice(0, text.indexOf('"Manifest-Checksum"'));
  it.each([
    {
      name: 'is of a version that there never was',
      manifest: seal(body.replace('Version": 1', 'Version": 0')),
      complaint: 'unexpected manifest version',
    },
    {
      name: 'is no manifest',
      manifest: Buffer.from('{}\n'),
      complaint: 'it does not begin with its version',
    },
    { name: 'has a line without end', manifest: Buffer.alloc(70_000, 'x'), complaint: 'a line is too long' },
    {
      name: 'has another checksum',
      manifest: seal(body).fill('0', body.length + 22, body.length + 86),
      complaint: 'manifest checksum mismatch',
    },
    {
      name: 'has a checksum of another form',
      manifest: Buffer.from(`${body}"Manifest-Checksum": 1}\n`),
      complaint: 'unexpected form of its checksum',
    },
    {
      name: 'has its checksum behind other things',
      manifest: seal(body.slice(0, -1)),
      complaint: 'does not stand in a line of its own',
    },
    { name: 'has no checksum', manifest: Buffer.from(body), complaint: 'it ends in the wrong place' },
    { name: 'goes on', manifest: Buffer.from(`${text}more\n`), complaint: 'unexpected form of its checksum' },
    {
      name: 'lacks the file',
      manifest: buildManifest({ files: others }),
      complaint: '"tablespace_map" is not in the backup manifest',
    },
    {
      name: 'has the file twice',
      manifest: seal(body.replace('.old', '')),
      complaint: 'duplicate path name in backup manifest: "tablespace_map"',
    },
    {
      name: 'has another size of the file',
      manifest: buildManifest({ files: { ...files, tablespace_map: Buffer.from('x') } }),
      complaint: 'size mismatch for file "tablespace_map"',
    },
    {
      name: 'has another checksum of the file',
      manifest: buildManifest({ files: { ...files, tablespace_map: Buffer.from('16384 /odd\n') } }),
      complaint: 'checksum mismatch for file "tablespace_map"',
    },
    {
      name: 'has an unknown algorithm',
      manifest: seal(body.replaceAll('CRC32C', 'MD5')),
      complaint: 'unrecognized checksum algorithm: "MD5"',
    },
    {
      name: 'has an entry of another form',
      manifest: seal(body.replace('"tablespace_map", "Size": ', '"tablespace_map", "Bytes": ')),
      complaint: 'unexpected form of the entry for "tablespace_map"',
    },
  ])('rejects a manifest that $name', ({ manifest, complaint }) => {
    expect(() => edit(manifest)).toThrow(complaint);
    expect(() => edit(manifest)).toThrow(BackupError);
  });

  it('does not call a manifest of a newer version malformed', () => {
    expect(() => edit(seal(body.replace('Version": 1', 'Version": 3')))).toThrow(NewerVersionError);
  });

  it('rejects lines that come later than the end', () => {
    const editor = new ManifestEditor([]);
    expect([...editor.push(good)]).not.toHaveLength(0);
    expect(() => [...editor.push(Buffer.from('more\n'))]).toThrow('data after its checksum');
  });
});
