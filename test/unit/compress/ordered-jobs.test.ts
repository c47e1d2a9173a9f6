import { describe, expect, it, vi } from 'vitest';
import { AHEAD, OrderedJobs, poolThreads } from '../../../lib/compress/ordered-jobs.ts';

/** A job that ends when it is told to. */
function job(name: string, log: string[]) {
  let end: (error?: Error) => void = () => {};
  const ended = new Promise<string>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve(name) : reject(error));
  });
  const run = () => {
    log.push(name);
    return ended;
  };
  return { run, end: (error?: Error) => end(error) };
}

async function all(results: AsyncIterable<string>): Promise<string[]> {
  const names: string[] = [];
  for await (const name of results) names.push(name);
  return names;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('OrderedJobs', () => {
  it('gives results in the order of the jobs, whichever ends first', async () => {
    const jobs = new OrderedJobs<string>(3);
    const given = ['a', 'b', 'c'].map((name) => job(name, []));
    for (const { run } of given) await all(jobs.give(run));
    for (const { end } of given.toReversed()) end();
    expect(await all(jobs.finish())).toEqual(['a', 'b', 'c']);
  });

  it.each([
    { workers: 1, first: ['a'], next: ['a', 'b'] },
    { workers: 2, first: ['a', 'b', 'c'], next: ['a', 'b', 'c', 'd'] },
  ])(
    'runs one more than $workers workers at a time, but only one for one',
    async ({ workers, first, next }) => {
      const begun: string[] = [];
      const jobs = new OrderedJobs<string>(workers);
      const given = ['a', 'b', 'c', 'd'].slice(0, workers + AHEAD).map((name) => job(name, begun));
      for (const { run } of given) await all(jobs.give(run));
      expect(begun).toEqual(first);
      given[0]?.end();
      await turn();
      expect(begun).toEqual(next);
    },
  );

  it('gives a result before it takes one job too many', async () => {
    const jobs = new OrderedJobs<string>(1);
    for (let count = 0; count < 1 + AHEAD; count++)
      expect(await all(jobs.give(async () => `${count}`))).toEqual([]);
    expect(await all(jobs.give(async () => 'next'))).toEqual(['0']);
    expect(await all(jobs.finish())).toEqual(['1', '2', 'next']);
  });

  it('throws the error of a job in its place', async () => {
    const jobs = new OrderedJobs<string>(2);
    await all(jobs.give(async () => 'good'));
    await all(jobs.give(() => Promise.reject(new Error('bad'))));
    await turn();
    const results = jobs.finish();
    expect((await results.next()).value).toBe('good');
    await expect(results.next()).rejects.toThrow('bad');
  });

  it('begins none after it was closed', async () => {
    const begun: string[] = [];
    const jobs = new OrderedJobs<string>(1);
    const given = ['a', 'b'].map((name) => job(name, begun));
    for (const { run } of given) await all(jobs.give(run));
    jobs.close();
    given[0]?.end();
    await turn();
    expect(begun).toEqual(['a']);
    expect(await all(jobs.finish())).toEqual([]);
  });
});

describe('poolThreads', () => {
  it.each([
    ['', 4],
    ['12', 12],
    ['many', 4],
  ])('is told by UV_THREADPOOL_SIZE="%s"', (value, threads) => {
    vi.stubEnv('UV_THREADPOOL_SIZE', value);
    expect(poolThreads()).toBe(threads);
    vi.unstubAllEnvs();
  });
});
