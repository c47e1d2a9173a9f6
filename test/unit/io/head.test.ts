import { describe, expect, it } from 'vitest';
import { recogniseHead } from '../../../lib/io/head.ts';
import { CUTS, lend, whole } from '../../support/rechunk.ts';
import { Endless } from '../../support/source.ts';

const BYTES = Buffer.from('head, and what follows upon it');

/** Knows with four bytes, or at the end. */
function firstFour(head: Buffer, ended: boolean): string | undefined {
  return head.length >= 4 || (ended && head.length > 0) ? head.toString('latin1', 0, 4) : undefined;
}

async function read(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk.toString('latin1');
  return text;
}

describe('recogniseHead', () => {
  it.each(CUTS)('gives all bytes again when they come $name', async ({ cut }) => {
    const { form, whole: all } = await recogniseHead(lend(BYTES, cut), firstFour);
    expect(form).toBe('head');
    expect(await read(all)).toBe(BYTES.toString());
  });

  it.each(CUTS)('asks once more when there are no more, of two bytes $name', async ({ cut }) => {
    const { form, whole: all } = await recogniseHead(lend(Buffer.from('he'), cut), firstFour);
    expect([form, await read(all)]).toEqual(['he', 'he']);
  });

  it('leaves open what there are no bytes to tell by', async () => {
    const { form, whole: all } = await recogniseHead(lend(Buffer.alloc(0), whole), firstFour);
    expect([form, await read(all)]).toEqual([undefined, '']);
  });

  it('reads no more than it needs', async () => {
    let asked = 0;
    const input = (async function* () {
      for (;;) {
        asked++;
        yield Buffer.from('he');
      }
    })();
    await recogniseHead(input, firstFour);
    expect(asked).toBe(2);
  });

  it.each([
    [
      'while it reads',
      async (all: AsyncIterableIterator<Buffer>) => {
        for await (const _chunk of all) break;
      },
    ],
    ['before it has read', async (all: AsyncIterableIterator<Buffer>) => void (await all.return?.())],
  ])('closes the input when the consumer gives up %s', async (_name, giveUp) => {
    const input = new Endless(BYTES);
    const { whole: all } = await recogniseHead(input, firstFour);
    await giveUp(all);
    expect(input.closed).toBe(true);
  });
});
