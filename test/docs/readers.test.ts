/** The readers of our documents must not overlook anything that they have to check. */

import { describe, expect, it } from 'vitest';
import { argumentsOf, displays, flatten, itemHeads } from './mdoc.ts';
import { readCommands, toolRuns } from './shell.ts';

describe('flatten', () => {
  it.each([
    { line: 'Fl D Ar DIRECTORY , Fl -pgdata Ns = Ns Ar DIRECTORY', text: '-D DIRECTORY, --pgdata=DIRECTORY' },
    { line: 'Fl P , Fl -progress Ns Op = Ns Ar json', text: '-P, --progress[=json]' },
    { line: 'Fl \\&? , Fl -help', text: '-?, --help' },
    { line: 'Oo Ar OPTION Oc Ns ...', text: '[OPTION]...' },
    { line: 'Op Fl -json', text: '[--json]' },
    { line: '129 , 130 , 143', text: '129, 130, 143' },
  ])('makes "$text" of "$line"', ({ line, text }) => {
    expect(flatten(line)).toBe(text);
  });
});

describe('sections', () => {
  const section = [
    '.Bl',
    '.It Fl n',
    'Text.',
    '.Bd -literal -offset indent',
    'a | b \\e',
    '    -c',
    '.Ed',
    '.Ev A , B',
    '.It 0',
  ];
  it('have items, displays and arguments of macros', () => {
    expect(itemHeads(section)).toEqual(['-n', '0']);
    expect(displays(section)).toEqual(['a | b \\\n    -c\n']);
    expect(argumentsOf('Ev', section)).toEqual(['A', 'B']);
  });
});

describe('readCommands', () => {
  it.each([
    { text: 'a -b c', commands: [['a', '-b', 'c']] },
    { text: 'a | b\nc && d; e', commands: [['a'], ['b'], ['c'], ['d'], ['e']] },
    { text: 'a |\n    b', commands: [['a'], ['b']] },
    { text: 'a \\\n  -b', commands: [['a', '-b']] },
    { text: "a 'b c' \"d e\" f\\ g h'i'j", commands: [['a', 'b c', 'd e', 'f g', 'hij']] },
    { text: "a ''", commands: [['a', '']] },
    { text: 'a < in > out -v', commands: [['a', '-v']] },
    { text: 'a >>out | b <in', commands: [['a'], ['b']] },
  ])('reads $text', ({ text, commands }) => {
    expect(readCommands(text)).toEqual(commands);
  });

  it('refuses what it does not know', () => {
    expect(() => readCommands("a 'b")).toThrow("cannot read as commands: 'b");
  });
});

describe('toolRuns', () => {
  it('finds our tools on this host and others', () => {
    const runs = toolRuns('ssh db1 bb-stream -c fast | tee x | bb-split -D /backup');
    expect(runs.map(({ tool, argv }) => [tool, ...argv])).toEqual([
      ['bb-stream', '-c', 'fast'],
      ['bb-split', '-D', '/backup'],
    ]);
  });
});
