import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StatusUpdates } from '../../../../lib/wal/receive/status-updates.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** CopyData: type and length; kind, and the position up to which WAL was written. */
const WRITTEN_AT = 1 + 4 + 1;

function updates(intervalS: number): { updates: StatusUpdates; sent: bigint[] } {
  const sent: bigint[] = [];
  const send = (message: Buffer) => sent.push(message.readBigInt64BE(WRITTEN_AT));
  return { updates: new StatusUpdates(send, intervalS, 100n, () => 0n), sent };
}

describe('StatusUpdates', () => {
  it('sends one at the start, and one in each interval', async () => {
    const { updates: started, sent } = updates(10);
    started.start();
    expect(sent).toEqual([100n]);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(sent).toHaveLength(4);
    started.stop();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(sent).toHaveLength(4);
  });

  it('sends more while the consumer works, and then how far WAL has come', async () => {
    const { updates: started, sent } = updates(0);
    started.start();
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toEqual([100n]);
    started.pause();
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toEqual([100n, 100n, 100n, 100n]);
    started.resume(50);
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toHaveLength(4);
    started.now();
    expect([started.written, sent.at(-1)]).toEqual([150n, 150n]);
    started.stop();
  });
});
