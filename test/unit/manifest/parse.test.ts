/** The reader of manifests: what pg_verifybackup accepts and rejects, however the JSON is laid out and cut. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../lib/manifest/checksum.ts';
import { FileTable } from '../../../lib/manifest/file-table.ts';
import { ManifestParser } from '../../../lib/manifest/parse.ts';
import type { ManifestFile, WalRange } from '../../../lib/manifest/values.ts';
import { NewerVersionError } from '../../../lib/postgres/newer.ts';
import { CUTS, type Cut, every, lend, randomFrom, randomly, whole } from '../../support/rechunk.ts';
import { buildManifest, seal } from './build.ts';

interface Contents {
  version?: number;
  systemIdentifier?: bigint;
  readonly files: ManifestFile[];
  readonly walRanges: WalRange[];
}

async function parse(manifest: Buffer | string, cut: Cut = whole): Promise<Contents> {
  const contents: Contents = { files: [], walRanges: [] };
  const parser = new ManifestParser({
    version: (version) => {
      contents.version = version;
    },
    systemIdentifier: (identifier) => {
      contents.systemIdentifier = identifier;
    },
    file: (file) => contents.files.push(file),
    walRange: (range) => contents.walRanges.push(range),
  });
  for await (const piece of lend(Buffer.from(manifest), cut)) parser.push(piece);
  parser.end();
  return contents;
}

/** What is wrong, which must not depend on the cuts. */
async function complaintOf(manifest: Buffer | string): Promise<string> {
  const complaints: string[] = [];
  for (const { cut } of CUTS) {
    const error: unknown = await parse(manifest, cut).catch((thrown: unknown) => thrown);
    if (!(error instanceof BackupError)) throw error;
    complaints.push(error.message);
  }
  expect(new Set(complaints).size).toBe(1);
  return complaints[0] ?? '';
}

const bytes = Buffer.from('contents');
const paths = { backup_label: bytes, 'base/1/1259': bytes, 'odd "na\\me"\n\u00fc\u{1f600}': bytes, x: bytes };

describe.each(CUTS)('ManifestParser, fed $name', ({ cut }) => {
  it.each(
    CHECKSUM_ALGORITHMS.flatMap((algorithm) =>
      ([1, 2] as const).flatMap((version) =>
        [false, true].map((forceEncode) => ({ algorithm, version, forceEncode })),
      ),
    ),
  )('reads $algorithm, version $version, encoded $forceEncode', async (how) => {
    const { algorithm, version } = how;
    expect(await parse(buildManifest({ files: paths, ...how }), cut)).toEqual({
      version,
      ...(version === 2 ? { systemIdentifier: 7_000_000_000_000_000_001n } : {}),
      files: Object.keys(paths).map((path) => ({
        path,
        size: bytes.length,
        algorithm,
        checksum: checksumOf(algorithm, bytes),
      })),
      walRanges: [{ timeline: 1, start: 0x2000028n, end: 0x2000100n }],
    });
  });
});

describe('ManifestParser', () => {
  const minimal = '"PostgreSQL-Backup-Manifest-Version": 1';

  it('reads ranges of several timelines', async () => {
    const manifest = seal(`{${minimal}, "WAL-Ranges": [
      { "Timeline": 3, "Start-LSN": "1/0", "End-LSN": "1/a0" },
      { "End-LSN": "1/0", "Timeline": "2", "Start-LSN": "FFFFFFFF/FFFFFF00" } ],\n`);
    expect((await parse(manifest)).walRanges).toEqual([
      { timeline: 3, start: 1n << 32n, end: (1n << 32n) + 0xa0n },
      { timeline: 2, start: 0xffffffffffffff00n, end: 1n << 32n },
    ]);
  });

  it('does not mind the layout', async () => {
    const laidOut = buildManifest({ files: paths }).toString();
    const body = laidOut.slice(0, laidOut.indexOf('"Manifest-Checksum"'));
    const tight = seal(`${JSON.stringify(JSON.parse(`${body}"": ""}`)).slice(0, -7)},\n`);
    const loose = seal(
      body.replaceAll(/("(?:[^"\\]|\\.)*"|[{}[\]:,])/g, '\t$1\r\n ').replaceAll('"x"', '"\\u0078"'),
    );
    expect(tight.indexOf('\n')).toBe(tight.lastIndexOf('\n', tight.length - 2));
    for (const manifest of [tight, loose]) expect(await parse(manifest)).toEqual(await parse(laidOut));
  });

  it('takes the checksum in upper case, and the last of fields that come twice', async () => {
    const file =
      '{ "Size": 1, "Path": "a", "Size": 2, "Checksum-Algorithm": "crc32c", "Checksum": "ABCD1234" }';
    const manifest = seal(`{${minimal}, "Files": [${file}],\n`).toString();
    const upper = manifest.replace(/[0-9a-f]{64}/, (digits) => digits.toUpperCase());
    expect((await parse(upper)).files).toEqual([
      { path: 'a', size: 2, algorithm: 'CRC32C', checksum: 'abcd1234' },
    ]);
  });

  it('reads escapes', async () => {
    const path = String.raw`\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00`;
    const manifest = seal(`{${minimal}, "Files": [{ "Path": "${path}", "Size": 0 }],\n`);
    expect((await parse(manifest)).files[0]?.path).toBe('"\\/\b\f\n\r\t\u00e9\u20ac\u{1f600}');
  });

  it('rejects a manifest that is cut anywhere', async () => {
    const manifest = buildManifest({ files: paths });
    for (let length = 0; length < manifest.length; length++)
      await expect(parse(manifest.subarray(0, length)), `${length} bytes`).rejects.toThrow(BackupError);
  });

  it('rejects damage anywhere, or reads the same but for the case of digits', async () => {
    const manifest = buildManifest({ files: paths, version: 2 });
    const good = await parse(manifest);
    const random = randomFrom(1);
    for (let place = 0; place < manifest.length; place++) {
      const damaged = Buffer.from(manifest);
      damaged[place] = (damaged[place] ?? 0) ^ (1 << random(8));
      const result: unknown = await parse(damaged).catch((error: unknown) => error);
      if (!(result instanceof BackupError)) expect(result, `byte ${place}`).toEqual(good);
    }
  });

  it('throws nothing but BackupError, and NewerVersionError, whatever comes', async () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ud80nl1-.eE \n', minimal, '"Files"', 'é') });
    const property = fc.asyncProperty(text, fc.nat(), async (anything, seed) => {
      const thrown: unknown = await parse(anything, randomly(seed, 4)).catch((error: unknown) => error);
      if (!(thrown instanceof NewerVersionError)) expect(thrown).toBeInstanceOf(BackupError);
    });
    await fc.assert(property, { numRuns: 1000 });
  });
});

describe('the words for a manifest', () => {
  const begin = '{"PostgreSQL-Backup-Manifest-Version": 1';
  const files = (entries: string) => `${begin}, "Files": [${entries}]}\n`;
  const ranges = (entries: string) => `${begin}, "WAL-Ranges": [${entries}]}\n`;

  it.each([
    ['The input string ended unexpectedly.', '{\n'],
    ['The input string ended unexpectedly.', ''],
    ['The input string ended unexpectedly.', `${begin}, "Files"`],
    ['unexpected object end', '{}\n'],
    ['unexpected array start', '[]\n'],
    ['unexpected scalar', 'null\n'],
    ['expected version indicator', '{"not-expected": 1}\n'],
    ['manifest version not an integer', '{"PostgreSQL-Backup-Manifest-Version": "phooey"}\n'],
    ['unexpected manifest version', '{"PostgreSQL-Backup-Manifest-Version": 0}\n'],
    ['system identifier in manifest not an integer', `${begin}, "System-Identifier": "x"}\n`],
    [
      'system identifier in manifest not an integer',
      `${begin}, "System-Identifier": 18446744073709551616}\n`,
    ],
    ['unexpected scalar', `${begin}, "Files": true}\n`],
    ['unrecognized top-level field', `${begin}, "Oops": 1}\n`],
    ['unexpected object start', `${begin}, "Files": {}}\n`],
    ['unexpected array start', `${begin}, "Files": [[`],
    ['unexpected scalar', files('1')],
    ['missing path name', files('{}')],
    ['both path name and encoded path name', files('{"Path": "x", "Encoded-Path": "1234"}')],
    ['unexpected file field', files('{"Oops": 1}')],
    ['missing size', files('{"Path": "x"}')],
    ['file size is not an integer', files('{"Path": "x", "Size": "Oops"}')],
    ['file size is not an integer', files('{"Path": "x", "Size": -1}')],
    ['file size is not an integer', files('{"Path": "x", "Size": 1e3}')],
    ['file size is not an integer', files('{"Path": "x", "Size": 9007199254740992}')],
    ['could not decode file name', files('{"Encoded-Path": "123", "Size": 0}')],
    ['could not decode file name', files('{"Encoded-Path": "12xx", "Size": 0}')],
    ['could not decode file name', files('{"Encoded-Path": "6100", "Size": 0}')],
    ['checksum without algorithm', files('{"Path": "x", "Size": 100, "Checksum": "Oops"}')],
    ['unexpected WAL range field', ranges('{"Oops": 1}')],
    ['missing timeline', ranges('{}')],
    ['missing start LSN', ranges('{"Timeline": 1}')],
    ['missing end LSN', ranges('{"Timeline": 1, "Start-LSN": "0/0"}')],
    ['unexpected object end', ranges('{"Timeline": 1, "Start-LSN": "0/0", "End-LSN": "0/0"}')],
    ['timeline is not an integer', ranges('{"Timeline": true, "Start-LSN": "0/0", "End-LSN": "0/0"}')],
    ['timeline is not an integer', ranges('{"Timeline": 4294967296, "Start-LSN": "0/0", "End-LSN": "0/0"}')],
    ['could not parse start LSN', ranges('{"Timeline": 1, "Start-LSN": "oops", "End-LSN": "0/0"}')],
    ['could not parse end LSN', ranges('{"Timeline": 1, "Start-LSN": "0/0", "End-LSN": "oops"}')],
    ['unexpected object field', `${begin}, "Manifest-Checksum": "", "Files": []}\n`],
    ['expected at least 2 lines', `${begin}, "Files": [], "Manifest-Checksum": null}\n`],
    ['last line not newline-terminated', `${begin},\n "Files": [],\n "Manifest-Checksum": null}`],
    ['Token "tru" is invalid.', `${begin}, "Files": tru}\n`],
    ['Token "01" is invalid.', '{"PostgreSQL-Backup-Manifest-Version": 01}'],
    ['Token "1x" is invalid.', '{"PostgreSQL-Backup-Manifest-Version": 1x}'],
    ['Token "(" is invalid.', '{"PostgreSQL-Backup-Manifest-Version": (}'],
    ['Token ""abc" is invalid.', '{"abc'],
    ['Expected JSON value, but found ",".', '{"PostgreSQL-Backup-Manifest-Version": ,}'],
    ['Expected JSON value, but found "]".', files('{"Path": "x", "Size": 0}, ')],
    ['Expected string or "}", but found "1".', '{1}'],
    ['Expected string, but found "}".', `${begin},}`],
    ['Expected ":", but found ","', '{"PostgreSQL-Backup-Manifest-Version",'],
    ['Expected "," or "}", but found ""Files"".', `${begin} "Files"`],
    ['Expected "," or "]", but found "{".', files('{"Path": "x", "Size": 0} {')],
    ['Expected end of input, but found "1".', `${begin},\n"Manifest-Checksum": "x"} 1 `],
    ['Character with value 0x0a must be escaped.', '{"a\nb"'],
    [String.raw`Escape sequence "\q" is invalid.`, String.raw`{"a\qb"}`],
    [String.raw`"\u" must be followed by four hexadecimal digits.`, String.raw`{"a\u12g4"}`],
    [String.raw`\u0000 cannot be converted to text.`, String.raw`{"a\u0000"}`],
    ['Unicode high surrogate must not follow a high surrogate.', String.raw`{"\ud800\ud800\udc00"}`],
    ['Unicode low surrogate must follow a high surrogate.', String.raw`{"\udc00"}`],
    ['Unicode low surrogate must follow a high surrogate.', String.raw`{"\ud800x"}`],
  ])('%s', async (complaint, manifest) => {
    expect(await complaintOf(manifest)).toContain(`could not parse backup manifest: ${complaint}`);
  });

  it.each([`{"${'x'.repeat(17_000)}"}`, `{"${'x'.repeat(40_000)}`, '1'.repeat(17_000)])(
    'A token is too long.',
    async (manifest) => {
      for (const cut of [whole, every(1000), every(16_000)])
        await expect(parse(manifest, cut)).rejects.toThrow('could not parse backup manifest: A token is too');
    },
  );

  it.each([
    [
      'unrecognized checksum algorithm: "Oops"',
      files('{"Path": "x", "Size": 100, "Checksum-Algorithm": "Oops", "Checksum": "00"}'),
    ],
    [
      'invalid checksum for file "x": "0"',
      files('{"Path": "x", "Size": 100, "Checksum-Algorithm": "CRC32C", "Checksum": "0"}'),
    ],
    ['invalid manifest checksum: "null"', `${begin},\n"Manifest-Checksum": null}\n`],
    ['invalid manifest checksum: "xyz"', `${begin},\n"Manifest-Checksum": "xyz"}\n`],
    ['manifest checksum mismatch', `${begin},\n"Manifest-Checksum": "${'0'.repeat(64)}"}\n`],
  ])('%s', async (complaint, manifest) => {
    expect(await complaintOf(manifest)).toBe(complaint);
  });
});

describe('FileTable', () => {
  it('keeps files by their paths and refuses a second one', () => {
    const table = new FileTable();
    const file: ManifestFile = { path: 'a', size: 1, algorithm: 'NONE', checksum: '' };
    table.add(file);
    expect([table.get('a'), table.get('b')]).toEqual([file, undefined]);
    expect([...table.values()]).toEqual([file]);
    expect(() => table.add({ ...file, size: 2 })).toThrow(
      new BackupError('duplicate path name in backup manifest: "a"'),
    );
  });
});

describe('a manifest of a newer version', () => {
  const known = buildManifest({ files: paths, version: 2 }).toString();
  const newer = (change: (body: string) => string): Buffer =>
    seal(change(known.slice(0, known.indexOf('"Manifest-Checksum"'))).replace('Version": 2', 'Version": 3'));

  it.each([
    { name: 'says nothing more', change: (body: string) => body },
    {
      name: 'has another field',
      change: (body: string) => body.replace('"Files"', '"Cluster": "x",\n"Files"'),
    },
    {
      name: 'has another field of files',
      change: (body: string) => body.replaceAll('"Size"', '"Blocks": 1, "Size"'),
    },
    {
      name: 'has another field of ranges',
      change: (body: string) => body.replaceAll('"Start-LSN"', '"Why": "x", "Start-LSN"'),
    },
  ])('that $name is read like the newest known one', async ({ change }) => {
    expect(await parse(newer(change))).toEqual({ ...(await parse(known)), version: 3 });
  });

  it.each([
    {
      name: 'has objects of another kind',
      change: (body: string) => body.replace('"Files"', '"Extra": {},\n"Files"'),
    },
    {
      name: 'lacks what the known ones have',
      change: (body: string) => body.replaceAll('"Size"', '"Bytes"'),
    },
  ])('that $name is not called malformed', async ({ change }) => {
    const error: unknown = await parse(newer(change)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NewerVersionError);
    expect(error).toMatchObject({
      message:
        'could not parse backup manifest: unexpected manifest version: it was written by a newer PostgreSQL than this bb knows: manifest version 3, the newest known is 2',
    });
  });
});
