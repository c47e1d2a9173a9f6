import { describe, expect, it } from 'vitest';
import type { Answer, ZstdTask } from '../../../lib/compress/zstd-messages.ts';
import { ZstdService } from '../../../lib/compress/zstd-service.ts';
import { ZstdThreads } from '../../../lib/compress/zstd-threads.ts';

const TASK: ZstdTask = { type: 'compress', method: 'zstd' };

/** Begins with a task and waits for what is said last, be it an error. */
function begin(service: ZstdService): Promise<Answer | Error> {
  return new Promise((resolve) => {
    const answer = (said: Answer) => said.type !== 'output' && resolve(said);
    service.begin(TASK, { answer, error: resolve });
  });
}

describe('ZstdService', () => {
  it('does one task after the other', async () => {
    const service = new ZstdService();
    for (let tasks = 0; tasks < 2; tasks++) {
      const last = begin(service);
      service.request({ type: 'end' });
      expect(await last).toEqual({ type: 'ended' });
      service.rest();
    }
    service.quit();
  });

  it('tells of an error that has ended the thread', async () => {
    const service = new ZstdService();
    const last = begin(service);
    service.request(null as never);
    expect(await last).toBeInstanceOf(TypeError);
    service.quit();
  });
});

describe('ZstdThreads', () => {
  it('gives a thread that has done its task to the next, and to no other', () => {
    const threads = new ZstdThreads();
    expect(threads.take()).toBeUndefined();
    const first = new ZstdService();
    threads.giveBack(first);
    expect(threads.take() === first).toBe(true);
    expect(threads.take()).toBeUndefined();
    first.quit();
  });

  it('keeps one only', () => {
    const threads = new ZstdThreads();
    const [first, second] = [new ZstdService(), new ZstdService()];
    for (const service of [first, second]) threads.giveBack(service);
    expect(threads.take() === first).toBe(true);
    expect(threads.take()).toBeUndefined();
    first.quit();
  });

  it('knows nothing of the threads of others', () => {
    const service = new ZstdService();
    new ZstdThreads().giveBack(service);
    expect(new ZstdThreads().take()).toBeUndefined();
    service.quit();
  });
});
