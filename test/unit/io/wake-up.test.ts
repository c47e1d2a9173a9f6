import { describe, expect, it } from 'vitest';
import { WakeUp } from '../../../lib/io/wake-up.ts';

describe('WakeUp', () => {
  it('ends a wait, and the next one only at the next wake-up', async () => {
    const change = new WakeUp();
    const heard: string[] = [];
    const waits = async () => {
      await change.wait();
      heard.push('first');
      await change.wait();
      heard.push('second');
    };
    const waiting = waits();
    change.wake();
    await Promise.resolve();
    expect(heard).toEqual(['first']);
    change.wake();
    await waiting;
    expect(heard).toEqual(['first', 'second']);
  });

  it('forgets a wake-up for which nobody waits', async () => {
    const change = new WakeUp();
    change.wake();
    const woken = change.wait().then(() => true);
    expect(await Promise.race([woken, Promise.resolve(false)])).toBe(false);
  });
});
