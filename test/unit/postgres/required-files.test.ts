import { describe, expect, it } from 'vitest';
import { RequiredFiles } from '../../../lib/postgres/required-files.ts';
import { controlFile, LAYOUTS } from './control-file.ts';

describe('RequiredFiles', () => {
  it.each([
    { name: 'all files', seen: ['backup_label', 'PG_VERSION'], missing: undefined },
    { name: 'no version', seen: ['backup_label'], missing: 'PG_VERSION' },
    { name: 'no label', seen: ['PG_VERSION'], missing: 'backup_label' },
    { name: 'no label of a running server', seen: ['PG_VERSION'], state: 6, missing: 'backup_label' },
    { name: 'no label of a stopped server', seen: ['PG_VERSION'], state: 1, missing: undefined },
    { name: 'no label of a stopped standby', seen: ['PG_VERSION'], state: 2, missing: undefined },
    { name: 'nothing of a stopped server', seen: [], state: 1, missing: 'PG_VERSION' },
  ])('knows an archive with $name', ({ seen, state, missing }) => {
    const required = new RequiredFiles();
    for (const path of seen) required.see(path);
    if (state !== undefined) required.seeControl(controlFile(LAYOUTS[18], { state }));
    const insist = () => required.insistOn('base.tar');
    if (missing === undefined) insist();
    else expect(insist).toThrow(`archive "base.tar" lacks file "${missing}"`);
  });
});
