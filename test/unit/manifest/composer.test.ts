import { describe, expect, it } from 'vitest';
import { checksumOf } from '../../../lib/manifest/checksum.ts';
import { type ComposedFile, ManifestComposer, type ManifestForm } from '../../../lib/manifest/composer.ts';
import { ManifestParser } from '../../../lib/manifest/parse.ts';
import type { ManifestFile, WalRange } from '../../../lib/manifest/values.ts';

const FORM: ManifestForm = { major: 18, systemIdentifier: 7300000000000000001n, forceEncode: false };
const FILE: ComposedFile = {
  path: 'PG_VERSION',
  size: 3,
  mtime: 1795626139,
  algorithm: 'CRC32C',
  checksum: checksumOf('CRC32C', Buffer.from('18\n')),
};
const RANGE: WalRange = { timeline: 1, start: 0x1_0200_0028n, end: 0x1_0200_0100n };

function compose(form: Partial<ManifestForm>, files: readonly ComposedFile[], ranges = [RANGE]): string {
  const composer = new ManifestComposer({ ...FORM, ...form });
  for (const file of files) composer.add(file);
  return Buffer.concat([...composer.end(ranges)]).toString();
}

describe('ManifestComposer', () => {
  it('writes what a server writes', () => {
    expect(compose({}, [FILE, { ...FILE, path: 'empty', size: 0, algorithm: 'NONE', checksum: '' }])).toMatch(
      new RegExp(
        `^\\{ "PostgreSQL-Backup-Manifest-Version": 2,
"System-Identifier": 7300000000000000001,
"Files": \\[
\\{ "Path": "PG_VERSION", "Size": 3, "Last-Modified": "2026-11-25 17:02:19 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "${FILE.checksum}" \\},
\\{ "Path": "empty", "Size": 0, "Last-Modified": "2026-11-25 17:02:19 GMT" \\}
\\],
"WAL-Ranges": \\[
\\{ "Timeline": 1, "Start-LSN": "1/2000028", "End-LSN": "1/2000100" \\}
\\],
"Manifest-Checksum": "[0-9a-f]{64}"\\}
$`,
      ),
    );
  });

  it.each([
    { major: 16, first: '{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [', lsn: '"1/2000028"' },
    { major: 18, first: '{ "PostgreSQL-Backup-Manifest-Version": 2,\n"System-', lsn: '"1/2000028"' },
    { major: 19, first: '{ "PostgreSQL-Backup-Manifest-Version": 2,\n"System-', lsn: '"1/02000028"' },
  ])('has the form of version $major', ({ major, first, lsn }) => {
    const text = compose({ major }, [FILE]);
    expect(text.startsWith(first)).toBe(true);
    expect(text).toContain(`"Start-LSN": ${lsn}`);
  });

  it.each([
    { path: 'a "b"\t\u0001\\c', forceEncode: false, field: '"Path": "a \\"b\\"\\t\\u0001\\\\c"' },
    { path: 'Ü', forceEncode: true, field: '"Encoded-Path": "c39c"' },
    { path: 'x\udcff', forceEncode: false, field: '"Encoded-Path": "78ff"' },
  ])('writes the path $path', ({ path, forceEncode, field }) => {
    expect(compose({ forceEncode }, [{ ...FILE, path }])).toContain(`{ ${field}, "Size": 3, `);
  });

  it('is read back, however many files there are', () => {
    const files = Array.from({ length: 2000 }, (_, number) => ({ ...FILE, path: `base/5/${number}` }));
    const found: ManifestFile[] = [];
    const ranges: WalRange[] = [];
    const parser = new ManifestParser({
      version: (version) => expect(version).toBe(2),
      systemIdentifier: (identifier) => expect(identifier).toBe(FORM.systemIdentifier),
      file: (file) => found.push(file),
      walRange: (range) => ranges.push(range),
    });
    parser.push(Buffer.from(compose({}, files, [RANGE, { ...RANGE, timeline: 2 }])));
    parser.end();
    expect(found).toEqual(files.map(({ mtime: _, ...file }) => file));
    expect(ranges).toEqual([RANGE, { ...RANGE, timeline: 2 }]);
  });

  it('is a manifest without files, too', () => {
    expect(compose({}, [])).toContain('"Files": [\n],\n"WAL-Ranges": [\n');
  });
});
