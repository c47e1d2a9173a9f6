import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../../lib/libpq/connect/deadline.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('Deadline', () => {
  it('expires once its time is over', () => {
    const expire = vi.fn();
    new Deadline(5, expire).start();
    vi.advanceTimersByTime(4999);
    expect(expire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(expire).toHaveBeenCalledOnce();
  });

  it('never expires without a limit, nor when stopped', () => {
    const expire = vi.fn();
    new Deadline(0, expire).start();
    const stopped = new Deadline(5, expire);
    stopped.start();
    stopped.stop();
    vi.advanceTimersByTime(1e9);
    expect(expire).not.toHaveBeenCalled();
  });

  it('does not begin again when a person answers after all is over', async () => {
    const expire = vi.fn();
    const deadline = new Deadline(5, expire);
    deadline.start();
    await deadline.suspend(async () => deadline.stop());
    vi.advanceTimersByTime(1e9);
    expect(expire).not.toHaveBeenCalled();
  });

  it('does not count the time of a person', async () => {
    const expire = vi.fn();
    const deadline = new Deadline(5, expire);
    deadline.start();
    await deadline.suspend(async () => vi.advanceTimersByTime(60_000));
    expect(expire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5000);
    expect(expire).toHaveBeenCalledOnce();
  });
});
