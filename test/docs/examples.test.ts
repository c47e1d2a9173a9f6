/** The examples in the README and the manual pages: each tool accepts every command line in them. */

import { describe, expect, it } from 'vitest';
import { Framing } from '../../lib/stream/framing.ts';
import { allExamples, pageExamples, readmeExamples } from './find-examples.ts';
import { displays, readPage, sectionOf } from './mdoc.ts';
import { toolRuns } from './shell.ts';
import { TOOLS } from './tools.ts';

describe('examples', () => {
  it.each([...TOOLS.keys()])('are in the page of %s', (tool) => {
    const runs = pageExamples(`${tool}.1`).flatMap(({ text }) => toolRuns(text));
    expect(runs.map((run) => run.tool)).toContain(tool);
  });

  it('of all tools are in the README', () => {
    const runs = readmeExamples().flatMap(({ text }) => toolRuns(text));
    expect(new Set(runs.map((run) => run.tool))).toEqual(new Set(TOOLS.keys()));
  });

  it('keep no stream that others can read', () => {
    const keeping = allExamples().filter(({ text }) => /> \S+\.backup/.test(text));
    expect(keeping.length).toBeGreaterThan(3);
    expect(keeping.filter(({ text }) => !/^umask 077$/m.test(text))).toEqual([]);
  });

  it.each(allExamples().flatMap(({ text }) => toolRuns(text)))(
    'would be accepted: $line',
    ({ tool, argv }) => {
      const known = TOOLS.get(tool);
      expect(known, `no tool is called ${tool}`).toBeDefined();
      known?.accept(argv);
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
