import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import { TimelineQueue, type TimelineStart } from '../../../../lib/wal/receive/timeline-queue.ts';

function startAt(at: number): TimelineStart {
  return { at, timeline: at + 1, lsn: BigInt(at), history: undefined };
}

describe('TimelineQueue', () => {
  it('gives each timeline once, where it begins', () => {
    const queue = new TimelineQueue();
    expect(queue.nextAt).toBe(Number.POSITIVE_INFINITY);
    for (const at of [0, 10]) queue.add(startAt(at));
    expect([queue.nextAt, queue.take(5)]).toEqual([0, undefined]);
    expect(queue.take(0)).toEqual(startAt(0));
    expect([queue.nextAt, queue.take(0)]).toEqual([10, undefined]);
    expect(queue.take(10)).toEqual(startAt(10));
    expect(queue.nextAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('holds no more than a server can be thought to make', () => {
    const queue = new TimelineQueue();
    for (let at = 0; at < 64; at++) queue.add(startAt(at));
    expect(() => queue.add(startAt(64))).toThrow(
      new BackupError('server changed its timeline more than 64 times'),
    );
  });
});
