import { describe, expect, it } from 'vitest';
import { type Rewrite, rewriteManifest } from '../../../lib/manifest/rewrite.ts';
import { buildManifest, seal } from './build.ts';

const FILES = {
  'base/1/INCREMENTAL.1': Buffer.from('one'),
  'base/1/2 "größe"': Buffer.from('two'),
  'base/1/INCREMENTAL.3': Buffer.from('three'),
};

function rewrite(manifest: Buffer, change: Rewrite): Buffer {
  return Buffer.concat([...rewriteManifest(manifest, change)]);
}

/** Makes the first file another, and of the last one only the path. */
const change: Rewrite = (path, algorithm) => {
  if (path === 'base/1/INCREMENTAL.1') return [{ path: 'base/1/1', size: 5, algorithm, checksum: 'c0ffee' }];
  if (path === 'base/1/INCREMENTAL.3')
    return [{ path: 'base/1/3', size: 5, algorithm: 'NONE', checksum: '' }];
  return undefined;
};

describe('rewriteManifest', () => {
  it('leaves a manifest as it is in which nothing changes', () => {
    for (const algorithm of ['CRC32C', 'NONE', 'SHA512'] as const) {
      const manifest = buildManifest({ files: FILES, version: 2, algorithm });
      expect(rewrite(manifest, () => undefined)).toEqual(manifest);
    }
  });

  it.each([false, true])('replaces entries where they stand (encoded paths: %s)', (forceEncode) => {
    const manifest = buildManifest({ files: FILES, version: 2, forceEncode });
    const lines = rewrite(manifest, change).toString().split('\n');
    const name = (path: string) =>
      forceEncode ? `"Encoded-Path": "${Buffer.from(path).toString('hex')}"` : `"Path": "${path}"`;
    const date = '"Last-Modified": "2026-11-22 16:02:19 GMT"';
    expect(lines[3]).toBe(
      `{ ${name('base/1/1')}, "Size": 5, ${date}, "Checksum-Algorithm": "CRC32C", "Checksum": "c0ffee" },`,
    );
    expect(lines[4]).toBe(manifest.toString().split('\n')[4]);
    expect(lines[5]).toBe(`{ ${name('base/1/3')}, "Size": 5, ${date} }`);
  });

  it.each([false, true])('adds entries after the one of a file (encoded paths: %s)', (forceEncode) => {
    const files = { a: Buffer.from('a'), z: Buffer.from('z') };
    const added = { path: 'b', size: 2, algorithm: 'NONE', checksum: '' } as const;
    for (const before of ['a', 'z']) {
      const manifest = buildManifest({ files, version: 2, forceEncode, algorithm: 'NONE' });
      const out = rewrite(manifest, (path) => (path === before ? [{ ...added, path }, added] : undefined));
      const { Files: entries } = JSON.parse(out.toString()) as { Files: Record<string, unknown>[] };
      expect(entries.map((entry) => entry.Path ?? entry['Encoded-Path'])).toEqual(
        (before === 'a' ? ['a', 'b', 'z'] : ['a', 'z', 'b']).map((path) =>
          forceEncode ? Buffer.from(path).toString('hex') : path,
        ),
      );
    }
  });

  it('gives the manifest a checksum of its own', () => {
    const text = rewrite(buildManifest({ files: FILES }), change).toString();
    const end = text.indexOf('"Manifest-Checksum"');
    expect(seal(text.slice(0, end)).toString()).toBe(text);
  });

  it('finds names whose bytes are not UTF-8', () => {
    const encoded = Buffer.from('base/1/\xff', 'latin1').toString('hex');
    const manifest = seal(`{ "Encoded-Path": "${encoded}", "Size": 1, "Last-Modified": "x" }\n`);
    const seen: string[] = [];
    const out = rewrite(manifest, (path) => {
      seen.push(path);
      return [{ path, size: 2, algorithm: 'NONE', checksum: '' }];
    });
    expect(seen).toEqual(['base/1/\udcff']);
    expect(out.toString()).toContain(`{ "Encoded-Path": "${encoded}", "Size": 2, "Last-Modified": "x" }\n`);
  });

  it('refuses a manifest without a line for its checksum', () => {
    expect(() => rewrite(Buffer.from('{ }\n'), change)).toThrow(
      'its checksum does not stand in a line of its own',
    );
  });
});
