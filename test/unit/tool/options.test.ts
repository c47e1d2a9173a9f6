/** The command line: every spelling of an option, and what is refused. */

import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../lib/errors/trouble.ts';
import { type OptionTable, parseArguments } from '../../../lib/tool/options.ts';
import { COMMON_OPTIONS } from '../../../lib/tool/shared-options.ts';

const TABLE: OptionTable = {
  tool: 'bb-test',
  purpose: 'is for tests.',
  usage: ['[OPTION]... [FIRST [SECOND]]'],
  example: 'bb-test',
  maxOperands: 2,
  groups: [
    {
      title: 'Options',
      options: [
        { name: 'pgdata', short: 'D', value: 'DIRECTORY', help: '' },
        { name: 'mapping', short: 'T', value: 'OLD=NEW', help: '' },
        { name: 'rate', value: 'RATE', help: '' },
        { name: 'slow', short: 's', means: '--rate=1', help: '' },
        { name: 'no-clean', short: 'n', help: '' },
        { name: 'no-sync', short: 'N', help: '' },
      ],
    },
    { title: 'General', options: COMMON_OPTIONS },
  ],
};
const NAMES = TABLE.groups.flatMap((group) => group.options.map((option) => option.name));

/** What was given: the values of each option, and the operands if there are any. */
function parse(...argv: string[]): Record<string, readonly string[]> {
  const args = parseArguments(TABLE, argv);
  const given = NAMES.filter((name) => args.has(name)).map((name) => [name, args.values(name)]);
  return {
    ...Object.fromEntries(given),
    ...(args.operands.length > 0 && { operands: args.operands }),
  };
}

describe('parseArguments', () => {
  it.each([
    { argv: [], given: {} },
    { argv: ['--pgdata=dir'], given: { pgdata: ['dir'] } },
    { argv: ['--pgdata', 'dir'], given: { pgdata: ['dir'] } },
    { argv: ['-D', 'dir'], given: { pgdata: ['dir'] } },
    { argv: ['-Ddir'], given: { pgdata: ['dir'] } },
    { argv: ['-v'], given: { verbose: [''] } },
    { argv: ['--no-sync'], given: { 'no-sync': [''] } },
    { argv: ['--help'], given: { help: [''] } },
    { argv: ['-?'], given: { help: [''] } },
  ])('reads one option: $argv', ({ argv, given }) => {
    expect(parse(...argv)).toEqual(given);
  });

  it.each([
    { argv: ['-s'], given: { rate: ['1'] } },
    { argv: ['--slow', '--rate', '2'], given: { rate: ['1', '2'] } },
    { argv: ['--rate=2', '-vs'], given: { rate: ['2', '1'], verbose: [''] } },
  ])('takes an option that is short for another as that one: $argv', ({ argv, given }) => {
    expect(parse(...argv)).toEqual(given);
  });

  it.each([
    { argv: ['-nNv'], given: { 'no-clean': [''], 'no-sync': [''], verbose: [''] } },
    { argv: ['-vDdir'], given: { verbose: [''], pgdata: ['dir'] } },
    { argv: ['-vD', 'dir'], given: { verbose: [''], pgdata: ['dir'] } },
    { argv: ['-Dvn'], given: { pgdata: ['vn'] } },
    { argv: ['-vP'], given: { verbose: [''], progress: [''] } },
    { argv: ['-Pv'], given: { verbose: [''], progress: [''] } },
    { argv: ['-vP', 'json', 'x'], given: { verbose: [''], progress: ['json'], operands: ['x'] } },
    { argv: ['-P', 'x.json'], given: { progress: [''], operands: ['x.json'] } },
    { argv: ['-P', '--', 'json'], given: { progress: [''], operands: ['json'] } },
  ])('reads a bundle: $argv', ({ argv, given }) => {
    expect(parse(...argv)).toEqual(given);
  });

  it.each([
    { argv: ['--pgdata=-dir'], value: '-dir' },
    { argv: ['--pgdata', '-dir'], value: '-dir' },
    { argv: ['--pgdata', '--no-sync'], value: '--no-sync' },
    { argv: ['-D', '-v'], value: '-v' },
    { argv: ['-D', '--'], value: '--' },
    { argv: ['-D-'], value: '-' },
    { argv: ['--pgdata='], value: '' },
    { argv: ['--pgdata', ''], value: '' },
    { argv: ['-D', ''], value: '' },
    { argv: ['--pgdata=a=b'], value: 'a=b' },
    { argv: ['-Da=b'], value: 'a=b' },
    { argv: ['-D=dir'], value: '=dir' },
    { argv: ['--pgdata=one\ntwo'], value: 'one\ntwo' },
    { argv: ['-D', 'größe 1'], value: 'größe 1' },
    { argv: ['-D', '007'], value: '007' },
    { argv: ['--pgdata=1e3'], value: '1e3' },
    { argv: ['-D0x10'], value: '0x10' },
    { argv: ['--pgdata=false'], value: 'false' },
    { argv: ['--pgdata=__proto__'], value: '__proto__' },
  ])('takes a value as it stands: $argv', ({ argv, value }) => {
    expect(parse(...argv)).toEqual({ pgdata: [value] });
  });

  it('lets the last of several values win', () => {
    const args = parseArguments(TABLE, ['-D', 'one', '--pgdata=two', '-Dthree']);
    expect(args.value('pgdata')).toBe('three');
  });

  it('keeps all the values of an option that may be repeated, in order', () => {
    const args = parseArguments(TABLE, ['-T', '/a=/b', '--mapping=/c=/d', '-T/e=/f']);
    expect(args.values('mapping')).toEqual(['/a=/b', '/c=/d', '/e=/f']);
  });

  it('has neither value nor values of an option that was not given', () => {
    const args = parseArguments(TABLE, []);
    expect([args.has('pgdata'), args.value('pgdata'), args.values('pgdata')]).toEqual([false, undefined, []]);
  });

  it.each([
    { argv: ['-P'], value: '' },
    { argv: ['--progress'], value: '' },
    { argv: ['--progress='], value: '' },
    { argv: ['--progress=json'], value: 'json' },
    { argv: ['--progress', 'json'], value: 'json' },
    { argv: ['-P', 'json'], value: 'json' },
    { argv: ['-Pjson'], value: 'json' },
  ])('reads an optional value: $argv', ({ argv, value }) => {
    expect(parse(...argv)).toEqual({ progress: [value] });
  });

  it('takes no other next argument for an optional value', () => {
    expect(parse('--progress', 'jsonl')).toEqual({ progress: [''], operands: ['jsonl'] });
  });

  it.each([
    { argv: ['one', 'two'], operands: ['one', 'two'] },
    { argv: ['-'], operands: ['-'] },
    { argv: ['007'], operands: ['007'] },
    { argv: [''], operands: [''] },
    { argv: ['--', '-v'], operands: ['-v'] },
    { argv: ['--', '--', '--pgdata=x'], operands: ['--', '--pgdata=x'] },
    { argv: ['--'], operands: undefined },
  ])('reads operands: $argv', ({ argv, operands }) => {
    expect(parse(...argv)).toEqual(operands === undefined ? {} : { operands });
  });

  it('reads options after operands', () => {
    expect(parse('one', '-v', 'two')).toEqual({ verbose: [''], operands: ['one', 'two'] });
  });

  it.each([
    { argv: ['--bogus'], complaint: 'unrecognized option "--bogus"' },
    { argv: ['--bogus=1'], complaint: 'unrecognized option "--bogus"' },
    { argv: ['--pgdat=x'], complaint: 'unrecognized option "--pgdat"' },
    { argv: ['--sync'], complaint: 'unrecognized option "--sync"' },
    { argv: ['--no-verbose'], complaint: 'unrecognized option "--no-verbose"' },
    { argv: ['--D=x'], complaint: 'unrecognized option "--D"' },
    { argv: ['--=x'], complaint: 'unrecognized option "--"' },
    { argv: ['---'], complaint: 'unrecognized option "---"' },
    { argv: ['-x'], complaint: 'unrecognized option "-x"' },
    { argv: ['-vx'], complaint: 'unrecognized option "-x"' },
    { argv: ['-v-'], complaint: 'unrecognized option "--"' },
    { argv: ['-Pxml'], complaint: 'unrecognized option "-x"' },
    { argv: ['--__proto__=x'], complaint: 'unrecognized option "--__proto__"' },
    { argv: ['--constructor'], complaint: 'unrecognized option "--constructor"' },
    { argv: ['--pgdata.x=y'], complaint: 'unrecognized option "--pgdata.x"' },
    { argv: ['--_=x'], complaint: 'unrecognized option "--_"' },
    { argv: ['--pgdata'], complaint: 'option "--pgdata" requires a value' },
    { argv: ['-D'], complaint: 'option "-D" requires a value' },
    { argv: ['-vD'], complaint: 'option "-D" requires a value' },
    { argv: ['--no-sync=yes'], complaint: 'option "--no-sync" does not take a value' },
    { argv: ['--help='], complaint: 'option "--help" does not take a value' },
    { argv: ['a', 'b', 'c', 'd'], complaint: 'too many command-line arguments (first is "c")' },
    { argv: ['a', 'b', '--', '-v'], complaint: 'too many command-line arguments (first is "-v")' },
  ])('refuses $argv', ({ argv, complaint }) => {
    expect(() => parse(...argv)).toThrow(new UsageError(complaint));
  });

  it('leaves the prototype of objects alone', () => {
    expect(() => parse('--__proto__.polluted=yes')).toThrow(UsageError);
    expect({}).not.toHaveProperty('polluted');
  });
});
