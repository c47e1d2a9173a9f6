/** Data directories that a server has been started in. */

import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';
import { makeModel, RELATION, writePlain } from '../model.ts';
import { verifyPlain } from '../run.ts';

const folder = temporaryFolder();
const data = join(folder, 'data');
const path = (name: string) => join(data, name);
const USED = `data directory "${data}" has been used by a server since the backup was restored`;

beforeEach(() => {
  rmSync(data, { recursive: true, force: true });
  writePlain(makeModel(), data);
});
afterAll(() => removeFolder(folder));

const start = () => writeFileSync(path('postmaster.opts'), '/usr/bin/postgres\n');
const recover = () => renameSync(path('backup_label'), path('backup_label.old'));

describe('a data directory that a server has used', () => {
  it.each([
    {
      name: 'was started and stopped',
      use: [start, recover],
      has: '"postmaster.opts" and "backup_label.old" in place of "backup_label"',
    },
    {
      name: 'runs',
      use: [() => writeFileSync(path('postmaster.pid'), '1\n'), start],
      has: '"postmaster.pid" and "postmaster.opts"',
    },
    {
      name: 'ran without a postmaster',
      use: [recover],
      has: '"backup_label.old" in place of "backup_label"',
    },
  ])('is told of in one line: it $name', async ({ use, has }) => {
    for (const act of use) act();
    appendFileSync(path(RELATION), 'changed');
    const { complaints, statistics } = await verifyPlain(data);
    expect(complaints).toEqual([`${USED}: It has ${has}.`]);
    expect(statistics.notChecked).toEqual([{ what: 'all files', why: 'a server may have changed them' }]);
  });

  it('is verified all the same where the signs are to be ignored', async () => {
    start();
    const { complaints, statistics } = await verifyPlain(data, { ignore: ['postmaster.opts'] });
    expect(complaints).toEqual([]);
    expect(statistics.files.count).toBeGreaterThan(0);
  });

  it.each([
    { name: 'a missing label', change: () => rmSync(path('backup_label')) },
    { name: 'an old label beside the label', change: () => writeFileSync(path('backup_label.old'), '') },
  ])('is not seen in $name', async ({ change }) => {
    change();
    const { complaints } = await verifyPlain(data);
    expect(complaints).not.toEqual([]);
    expect(complaints.join('\n')).not.toContain('has been used');
  });
});
