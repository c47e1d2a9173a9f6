/** The examples in README and manual pages: every run of a tool of ours is one that it would accept. */

import { describe, expect, it } from 'vitest';
import { Framing } from '../../lib/backup/framing.ts';
import { parseArguments } from '../../lib/cli/options.ts';
import { displays, readPage, sectionOf } from './mdoc.ts';
import { type ToolRun, toolRuns } from './shell.ts';
import { PAGES, README, TOOLS } from './tools.ts';

/** The runs in the page's examples. */
function pageRuns(file: string): ToolRun[] {
  return displays(sectionOf(readPage(file), 'EXAMPLES')).flatMap(toolRuns);
}

/** The runs in the README's blocks of commands, in which lines of comment are allowed. */
function readmeRuns(): ToolRun[] {
  const blocks = Array.from(README.matchAll(/^```sh\n(.*?)^```$/gms), ([, text = '']) => text);
  return blocks.flatMap((text) => toolRuns(text.replaceAll(/^#.*\n/gm, '')));
}

const TOOL_PAGES = PAGES.filter((file) => file.endsWith('.1'));

describe('examples', () => {
  it.each([...TOOLS.keys()])('are in the page of %s', (tool) => {
    expect(pageRuns(`${tool}.1`).map((run) => run.tool)).toContain(tool);
  });

  it('of both tools are in the README', () => {
    expect(new Set(readmeRuns().map((run) => run.tool))).toEqual(new Set(TOOLS.keys()));
  });

  it.each([...readmeRuns(), ...TOOL_PAGES.flatMap(pageRuns)])(
    'would be accepted: $line',
    ({ tool, argv }) => {
      const { table, read } = TOOLS.get(tool) ?? {};
      expect(table, `no tool is called ${tool}`).toBeDefined();
      if (table !== undefined) read?.(parseArguments(table, argv));
    },
  );
});

describe('bb-stream(5)', () => {
  it('has example bytes that are what it says', () => {
    const [example = ''] = displays(sectionOf(readPage('bb-stream.5'), 'EXAMPLES'));
    const messages = example
      .trim()
      .split('\n')
      .map((line) => {
        const [, hex = '', text] = /^([0-9A-F ]+?) {2,}(.+)$/.exec(line) ?? [];
        const [message, ...more] = new Framing().push(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
        expect(more).toEqual([]);
        const payload = message !== undefined && 'payload' in message ? message.payload.toString() : '';
        return { text, read: `${message?.type} ${payload.replaceAll('\0', ' ').trim()}` };
      });
    expect(messages.map(({ read }) => read)).toEqual(['S server_version 18.1', 'C BASE_BACKUP']);
    expect(messages.map(({ text }) => text)).toEqual(messages.map(({ read }) => read));
  });
});
