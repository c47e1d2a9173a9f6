import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { interruptible } from '../../../lib/io/interruptible.ts';

const NEVER = new AbortController().signal;

/** Gives 1 and 2, and logs when it is left. */
async function* numbers(log: string[]): AsyncGenerator<number, void, undefined> {
  try {
    yield 1;
    yield 2;
  } finally {
    log.push('closed');
  }
}

describe('interruptible', () => {
  it('gives all items', async () => {
    const [found, log]: [number[], string[]] = [[], []];
    for await (const number of interruptible(numbers(log), NEVER)) found.push(number);
    expect([found, log]).toEqual([[1, 2], ['closed']]);
  });

  it('leaves nothing behind at the signal, however many there are', async () => {
    const { signal } = new AbortController();
    for await (const _number of interruptible(numbers([]), signal));
    for await (const _number of interruptible(numbers([]), signal)) break;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('passes on what they throw', async () => {
    const failing = (async function* () {
      yield 1;
      throw new Error('no more');
    })();
    const items = interruptible(failing, NEVER);
    await items.next();
    await expect(items.next()).rejects.toThrow('no more');
  });

  it('closes them when the consumer gives up', async () => {
    const log: string[] = [];
    for await (const _number of interruptible(numbers(log), NEVER)) break;
    expect(log).toEqual(['closed']);
  });

  it('does not wait for one that does not come', async () => {
    const controller = new AbortController();
    const stuck = (async function* () {
      yield 1;
      await new Promise(() => {});
    })();
    const items = interruptible(stuck, controller.signal);
    await items.next();
    const next = items.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it('gives none if it is too late from the start', async () => {
    const items = interruptible(numbers([]), AbortSignal.abort(new Error('enough')));
    await expect(items.next()).rejects.toThrow('enough');
  });
});
