/** Options of other programs: each gets an answer that tells what to use here. */

import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../lib/errors/trouble.ts';
import { COMPRESS_OPTIONS } from '../../../lib/tool/compress/compress-options.ts';
import { type OptionTable, parseArguments } from '../../../lib/tool/options.ts';
import { RELOCATE_OPTIONS } from '../../../lib/tool/relocate/relocate-options.ts';
import { SPLIT_OPTIONS } from '../../../lib/tool/split/split-options.ts';
import { STREAM_OPTIONS } from '../../../lib/tool/stream/stream-options.ts';
import { VERIFY_OPTIONS } from '../../../lib/tool/verify/verify-options.ts';

const TABLES = [STREAM_OPTIONS, SPLIT_OPTIONS, COMPRESS_OPTIONS, VERIFY_OPTIONS, RELOCATE_OPTIONS];

/** What is said about a command line. */
function complaintAbout(table: OptionTable, argv: readonly string[]): UsageError {
  try {
    parseArguments(table, argv);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`taken: ${argv.join(' ')}`);
}

describe('an option of another program', () => {
  it.each([
    { table: STREAM_OPTIONS, argv: ['-D', 'dir'], told: '-D', instead: '| bb-split -D DIRECTORY' },
    { table: STREAM_OPTIONS, argv: ['-Ft'], told: '-F', instead: 'bb-split -Fp' },
    { table: STREAM_OPTIONS, argv: ['-vR'], told: '-R', instead: 'bb-split -Fp -R' },
    { table: STREAM_OPTIONS, argv: ['-z'], told: '-z', instead: 'bb-compress -z' },
    { table: SPLIT_OPTIONS, argv: ['-z'], told: '-z', instead: 'bb-compress' },
    { table: SPLIT_OPTIONS, argv: ['-Z', '9'], told: '-Z', instead: 'bb-compress' },
    { table: SPLIT_OPTIONS, argv: ['-Xs'], told: '-X', instead: 'bb-stream' },
    { table: SPLIT_OPTIONS, argv: ['-c', 'fast'], told: '-c', instead: 'bb-stream' },
    { table: SPLIT_OPTIONS, argv: ['-tvf', 'x.tar'], told: '-t', instead: '--list' },
    { table: SPLIT_OPTIONS, argv: ['-xf', 'x.tar'], told: '-x', instead: '-Fp -D DIRECTORY' },
    { table: COMPRESS_OPTIONS, argv: ['-l', 'x.zst'], told: '-l', instead: 'bb-split --list' },
    { table: COMPRESS_OPTIONS, argv: ['-k'], told: '-k', instead: 'always kept' },
    { table: COMPRESS_OPTIONS, argv: ['-dc'], told: '-c', instead: 'leave the option out' },
    { table: COMPRESS_OPTIONS, argv: ['-T0'], told: '-T', instead: '-j NUM' },
    { table: COMPRESS_OPTIONS, argv: ['-o', 'x'], told: '-o', instead: '> FILE' },
    { table: VERIFY_OPTIONS, argv: ['-D', 'dir'], told: '-D', instead: 'bb-verify DIRECTORY' },
    { table: RELOCATE_OPTIONS, argv: ['-D', 'dir'], told: '-D', instead: '| bb-split -Fp -D DIRECTORY' },
  ])('is answered: $table.tool $argv', ({ table, argv, told, instead }) => {
    const { message, hint } = complaintAbout(table, argv);
    expect(message).toBe(`unrecognized option "${told}"`);
    expect(hint).toContain(instead);
  });

  it.each(TABLES)('is not one that $tool has', ({ habits = {}, groups }) => {
    const options = groups.flatMap((group) => group.options);
    const spellings = new Set(options.flatMap(({ name, short }) => [`--${name}`, `-${short}`]));
    expect(Object.keys(habits).filter((spelling) => spellings.has(spelling))).toEqual([]);
  });

  it.each(TABLES)('is answered by $tool with a sentence', ({ habits = {} }) => {
    for (const hint of Object.values(habits)) expect(hint).toMatch(/^[A-Z].*\.$/);
  });

  it('is not looked for among what every object has', () => {
    expect(complaintAbout(SPLIT_OPTIONS, ['--constructor']).hint).toBeUndefined();
  });
});
