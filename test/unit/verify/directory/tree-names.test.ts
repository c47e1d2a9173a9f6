import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeName } from '../../../../lib/io/file-name.ts';
import { namesBelow } from '../../../../lib/verify/directory/tree-names.ts';
import { IgnoreList } from '../../../../lib/verify/shared/ignore-list.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

const root = temporaryFolder();
const elsewhere = temporaryFolder();
afterAll(() => {
  removeFolder(root);
  removeFolder(elsewhere);
});

describe('namesBelow', () => {
  it('gives what there is, follows links, and does not enter what is ignored', () => {
    mkdirSync(join(root, 'pg_tblspc'));
    mkdirSync(join(root, 'pg_wal'));
    writeFileSync(join(root, 'pg_wal/ignored'), '');
    writeFileSync(join(root, 'file'), 'abc');
    writeFileSync(encodeName(`${root}/\udcff`), '');
    execFileSync('mkfifo', [join(root, 'pipe')]);
    symlinkSync('/nowhere', join(root, 'broken'));
    writeFileSync(join(elsewhere, 'inside'), 'abcd');
    symlinkSync(elsewhere, join(root, 'pg_tblspc/16385'));
    const found = [...namesBelow(root, new IgnoreList([]))].sort((one, other) =>
      JSON.stringify(one) < JSON.stringify(other) ? -1 : 1,
    );
    expect(found).toEqual([
      { type: 'directory', path: 'pg_tblspc' },
      { type: 'directory', path: 'pg_tblspc/16385' },
      { type: 'directory', path: 'pg_wal' },
      { type: 'file', path: '\udcff', size: 0 },
      { type: 'file', path: 'file', size: 3 },
      { type: 'file', path: 'pg_tblspc/16385/inside', size: 4 },
      { type: 'link', path: 'pg_tblspc/16385', target: elsewhere, leadsTo: expect.any(Function) },
      { type: 'special', path: 'pipe' },
      {
        type: 'unreadable',
        path: 'broken',
        trouble: 'could not stat file or directory "broken": No such file or directory',
      },
    ]);
    const leads = found.flatMap((name) =>
      name.type === 'link' ? [name.leadsTo(elsewhere), name.leadsTo(root)] : [],
    );
    expect(leads).toEqual([true, false]);
  });

  it('says that a directory cannot be read', () => {
    expect([...namesBelow('/nowhere', new IgnoreList([]))]).toMatchObject([
      { type: 'unreadable', trouble: 'could not open directory "/nowhere": No such file or directory' },
    ]);
  });
});
