import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findFiles } from '../../../lib/tar/find-files.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { directory, file, pax, paxRecord, tar } from './build.ts';

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

const LONG = `${'d/'.repeat(80)}file`;
const ARCHIVE = tar(
  file('PG_VERSION', '18\n'),
  directory('base'),
  file('base/1', Buffer.alloc(1000)),
  pax([paxRecord('path', LONG)]),
  file('short', 'long'),
  file('./global/pg_control', 'control'),
);

function find(archive: Buffer, paths: readonly string[], maxBytes = 100): Record<string, string> {
  const path = join(folder, 'base.tar');
  writeFileSync(path, archive);
  const fd = openSync(path, 'r');
  try {
    const found = findFiles({ fd, archive: 'base.tar', path }, paths, maxBytes);
    return Object.fromEntries([...found].map(([name, contents]) => [name, contents.toString()]));
  } finally {
    closeSync(fd);
  }
}

describe('findFiles', () => {
  it('finds files wherever they are', () => {
    expect(find(ARCHIVE, ['global/pg_control', 'PG_VERSION'])).toEqual({
      PG_VERSION: '18\n',
      'global/pg_control': 'control',
    });
    expect(find(ARCHIVE, [LONG])).toEqual({ [LONG]: 'long' });
  });

  it('does not find what is not there, is no file, or is too long', () => {
    expect(find(ARCHIVE, ['base', 'base/1', 'none', 'short'])).toEqual({});
  });

  it.each([0, 100, 512, 1024, 2000, 3000])('finds nothing after a cut at %s', (length) => {
    expect(find(ARCHIVE.subarray(0, length), ['global/pg_control'])).toEqual({});
  });

  it('refuses what is no tar', () => {
    expect(() => find(Buffer.alloc(2048, 'x'), ['PG_VERSION'])).toThrow('no tar header where one should be');
  });
});
