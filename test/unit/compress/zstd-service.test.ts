import { describe, expect, it } from 'vitest';
import type { Answer, ZstdTask } from '../../../lib/compress/zstd-messages.ts';
import { ZstdService } from '../../../lib/compress/zstd-service.ts';

const TASK: ZstdTask = { type: 'compress', method: 'zstd' };

/** Begins with a task and waits for what is said last, be it an error. */
function begin(): { service: ZstdService; last: Promise<Answer | Error> } {
  let tell: (last: Answer | Error) => void = () => {};
  const last = new Promise<Answer | Error>((resolve) => {
    tell = resolve;
  });
  const answer = (said: Answer) => said.type !== 'output' && tell(said);
  return { service: ZstdService.begin(TASK, { answer, error: tell }), last };
}

describe('ZstdService', () => {
  it('gives a thread that has done its task to the next', async () => {
    const first = begin();
    first.service.request({ type: 'end' });
    expect(await first.last).toEqual({ type: 'ended' });
    first.service.end(true);
    const second = begin();
    expect(second.service === first.service).toBe(true);
    const other = begin();
    expect(other.service === second.service).toBe(false);
    for (const { service } of [second, other]) service.end(false);
    const third = begin();
    expect(third.service === second.service).toBe(false);
    third.service.end(false);
  });

  it('tells of an error that has ended the thread', async () => {
    const { service, last } = begin();
    service.request(null as never);
    expect(await last).toBeInstanceOf(TypeError);
    service.end(false);
  });
});
