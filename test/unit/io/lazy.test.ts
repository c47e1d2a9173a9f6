import { describe, expect, it, vi } from 'vitest';
import { lazy } from '../../../lib/io/lazy.ts';

describe('lazy', () => {
  it('makes the value once, and not before it is asked for', () => {
    const make = vi.fn(() => undefined);
    const value = lazy(make);
    expect(make).not.toHaveBeenCalled();
    for (let times = 0; times < 2; times++) expect(value()).toBeUndefined();
    expect(make).toHaveBeenCalledTimes(1);
  });

  it('tries again after a failure', () => {
    const make = vi
      .fn(() => 'made')
      .mockImplementationOnce(() => {
        throw new Error('failed');
      });
    const value = lazy(make);
    expect(value).toThrow('failed');
    expect(value()).toBe('made');
  });
});
