import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeCollector } from '../../../lib/compress/garbage.ts';

const MEGABYTE = 1024 * 1024;
const MANY = 50;

describe('makeCollector', () => {
  it('has garbage collected every 4 MB', async () => {
    let minor = 0;
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { detail } = entry as unknown as { detail: { kind: number } };
        if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) minor++;
      }
    });
    observer.observe({ entryTypes: ['gc'] });
    const collect = makeCollector();
    for (let megabytes = 0; megabytes < 4 * MANY; megabytes++) collect(MEGABYTE);
    await setTimeout(100);
    observer.disconnect();
    expect(minor).toBeGreaterThanOrEqual(MANY);
    expect(minor).toBeLessThan(2 * MANY);
  });
});
