import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeUse } from '../../../lib/store/directory-in-use.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';

const NOBODY = 2 ** 22 + 1; // more than the kernel gives

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

/** What is said of a directory with these files in it. */
function describeFiles(files: Readonly<Record<string, string>>): string | undefined {
  for (const [name, contents] of Object.entries(files)) {
    if (contents === 'directory') mkdirSync(join(folder, name));
    else writeFileSync(join(folder, name), contents);
  }
  return describeUse(folder, readdirSync(folder));
}

describe('describeUse', () => {
  const rows: readonly { name: string; files: Record<string, string>; said: string | undefined }[] = [
    { name: 'nothing', files: {}, said: undefined },
    { name: 'anything', files: { 'lost+found': 'directory', PG_NOTES: 'x' }, said: undefined },
    {
      name: 'a data directory',
      files: { PG_VERSION: '18\n' },
      said: 'It is a data directory of PostgreSQL 18.',
    },
    {
      name: 'one with a server on it',
      files: { PG_VERSION: '18\n', 'postmaster.pid': `${process.pid}\n/srv\n` },
      said: `It is a data directory of PostgreSQL 18, and a server runs on it (PID ${process.pid}).`,
    },
    {
      name: 'one whose server has crashed',
      files: { PG_VERSION: '18\n', 'postmaster.pid': `${NOBODY}\n` },
      said: 'It is a data directory of PostgreSQL 18.',
    },
    {
      name: 'one with a lock file that is none',
      files: { PG_VERSION: '18\n', 'postmaster.pid': '-1\n' },
      said: 'It is a data directory of PostgreSQL 18.',
    },
    {
      name: 'one that cannot be read',
      files: { PG_VERSION: 'directory' },
      said: 'It is a data directory of PostgreSQL.',
    },
    {
      name: 'a tablespace',
      files: { PG_15_202209061: 'directory' },
      said: 'It is a tablespace of PostgreSQL 15.',
    },
    {
      name: 'one of several servers',
      files: { PG_15_202209061: 'directory', PG_18_202506291: 'directory', other: 'x' },
      said: 'It is a tablespace of PostgreSQL 15 and 18.',
    },
  ];
  it.each(rows)('knows $name', ({ files, said }) => {
    expect(describeFiles(files)).toBe(said);
  });
});
