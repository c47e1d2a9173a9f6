import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { findPlainTablespaces } from '../../../../lib/source/stored/plain-tablespaces.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

const root = join(folder, 'data');
const [there, moved] = [join(folder, 'there'), join(folder, 'moved')];
for (const path of [join(root, 'pg_tblspc', '4'), there, moved]) mkdirSync(path, { recursive: true });
symlinkSync(there, join(root, 'pg_tblspc', '1'));
symlinkSync(join(folder, 'gone'), join(root, 'pg_tblspc', '2'));
writeFileSync(join(root, 'tablespace_map'), `1 /elsewhere\n3 ${there}\n`);

const gone = { from: join(folder, 'gone'), to: moved };

describe('findPlainTablespaces', () => {
  it('finds links, directories, and what only the map has', () => {
    expect(findPlainTablespaces(root, [gone]).sort((one, other) => one.oid - other.oid)).toEqual([
      { oid: 1, location: there, directory: join(root, 'pg_tblspc/1'), link: 'pg_tblspc/1' },
      { oid: 2, location: gone.from, directory: moved, link: 'pg_tblspc/2' },
      { oid: 3, location: there, directory: there, link: undefined },
      { oid: 4, location: 'pg_tblspc/4', directory: join(root, 'pg_tblspc/4'), link: undefined },
    ]);
  });

  it('tells of a directory that is not there', () => {
    expect(() => findPlainTablespaces(root, [])).toThrow(TroubleError);
    expect(() => findPlainTablespaces(root, [])).toThrow(
      expect.objectContaining({
        message: `tablespace 2 is not at "${gone.from}"`,
        hint: `If it is in another directory, use -T "${gone.from}=DIRECTORY".`,
      }),
    );
  });

  it('refuses a mapping of what the backup has not', () => {
    expect(() => findPlainTablespaces(root, [gone, { from: '/other', to: moved }])).toThrow(
      'no tablespace of the backup is in directory "/other"',
    );
  });
});
