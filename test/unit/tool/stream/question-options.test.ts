import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { parseArguments } from '../../../../lib/tool/options.ts';
import { readQuestion } from '../../../../lib/tool/stream/question-options.ts';
import { STREAM_OPTIONS } from '../../../../lib/tool/stream/stream-options.ts';

const question = (argv: readonly string[]) => readQuestion(parseArguments(STREAM_OPTIONS, argv));

describe('readQuestion', () => {
  it.each([
    { argv: [], expected: undefined },
    { argv: ['-X', 'none'], expected: undefined },
    { argv: ['--check'], expected: { kind: 'check', format: 'text' } },
    { argv: ['--check', '--format=json'], expected: { kind: 'check', format: 'json' } },
    { argv: ['--format', 'text', '--check'], expected: { kind: 'check', format: 'text' } },
    { argv: ['--estimate'], expected: { kind: 'estimate' } },
  ])('reads $argv', ({ argv, expected }) => {
    expect(question(argv)).toEqual(expected);
  });

  it.each([
    { argv: ['--check', '--estimate'], complaint: '--check and --estimate are incompatible options' },
    { argv: ['--format=json'], complaint: '--format needs --check' },
    { argv: ['--estimate', '--format=json'], complaint: '--format needs --check' },
    { argv: ['--check', '--format=xml'], complaint: 'invalid output format "xml", must be "text" or "json"' },
  ])('refuses $argv', ({ argv, complaint }) => {
    const read = () => question(argv);
    expect(read).toThrow(complaint);
    expect(read).toThrow(UsageError);
  });
});
