import { describe, expect, it } from 'vitest';
import { Interruption } from '../../../lib/io/interruption.ts';

const REASON = new Error('stopped');

describe('Interruption', () => {
  it('gives the result of an act, or its error', async () => {
    const interruption = new Interruption();
    expect(await interruption.unlessInterrupted(Promise.resolve('done'))).toBe('done');
    await expect(interruption.unlessInterrupted(Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
  });

  it('ends the wait with the reason, and hears no more of the act', async () => {
    const interruption = new Interruption();
    let fail = (_error: Error) => {};
    const act = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const wait = interruption.unlessInterrupted(act);
    interruption.interrupt(REASON);
    await expect(wait).rejects.toBe(REASON);
    fail(new Error('too late')); // no unhandled rejection
  });

  it('does nothing when nobody waits', async () => {
    const interruption = new Interruption();
    interruption.interrupt(REASON);
    await interruption.unlessInterrupted(Promise.resolve());
    interruption.interrupt(REASON);
    expect(await interruption.unlessInterrupted(Promise.resolve('next'))).toBe('next');
  });
});
