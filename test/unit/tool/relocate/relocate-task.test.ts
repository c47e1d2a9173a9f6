import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../../lib/tool/options.ts';
import { RELOCATE_OPTIONS } from '../../../../lib/tool/relocate/relocate-options.ts';
import { readRelocateTask } from '../../../../lib/tool/relocate/relocate-task.ts';

const task = (argv: readonly string[]) => readRelocateTask(parseArguments(RELOCATE_OPTIONS, argv));

// What mappings mean, and which are refused, is in test/unit/tablespaces/mapping.test.ts.
describe('readRelocateTask', () => {
  it.each([
    { argv: ['--list'], wanted: { kind: 'list', progress: 'none' } },
    { argv: ['--list', '-vP'], wanted: { kind: 'list', progress: 'text' } },
    { argv: ['-T/a=/b'], wanted: { kind: 'relocate', progress: 'none' } },
    { argv: ['-PT/a=/b'], wanted: { kind: 'relocate', progress: 'text' } },
    { argv: ['--all-into=/a', '--progress=json'], wanted: { kind: 'relocate', progress: 'json' } },
  ])('reads $argv', ({ argv, wanted }) => {
    expect(task(argv)).toMatchObject(wanted);
  });

  it('takes mappings of all forms, and of --all-into the last', () => {
    const argv = ['--all-into=/x', '--prefix=/a=/b', '-T/a=/b', '--oid=1=/b', '--all-into=/y', '-T/c=/d'];
    const read = task(argv);
    const subjects = read.kind === 'relocate' ? read.mappings.map(({ subject }) => subject) : [];
    expect(subjects).toEqual(['OID 1', 'directory "/a"', 'directory "/c"', 'prefix "/a"', 'everything']);
  });
});
