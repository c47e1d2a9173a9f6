import { describe, expect, it } from 'vitest';
import { ZstdCodec } from '../../../lib/compress/zstd-codec.ts';
import { ZstdContexts } from '../../../lib/compress/zstd-contexts.ts';
import { loadZstdLibrary } from '../../../lib/compress/zstd-library.ts';
import { isFast, ZstdWorkersCompressor } from '../../../lib/compress/zstd-workers.ts';
import { mixture, through } from './material.ts';

const library = loadZstdLibrary();
const explain = (reason: string) => new Error(reason);
/** More than one job of the workers, and more than one output. */
const ORIGINAL = mixture(9_000_000);

describe('isFast', () => {
  it.each([
    [{}, true],
    [{ level: -100 }, true],
    [{ level: 9, workers: 8 }, true],
    [{ level: 10 }, false],
    [{ level: 1, long: true }, false],
  ])('of %o is %s', (settings, fast) => {
    expect(isFast({ method: 'zstd', ...settings })).toBe(fast);
  });
});

describe('ZstdWorkersCompressor', () => {
  it.each([{ level: 1, workers: 2 }, { level: 6 }])('makes of %o what a thread makes', async (options) => {
    const settings = { method: 'zstd', ...options } as const;
    const contexts = new ZstdContexts();
    const byWorkers = await through(
      () => new ZstdWorkersCompressor(library, settings, explain, contexts),
      ORIGINAL,
    );
    const byThread = await through(() => new ZstdCodec({ type: 'compress', ...settings }, explain), ORIGINAL);
    expect(byWorkers.equals(byThread)).toBe(true);
  });

  it('throws the explanation of what libzstd complains about', () => {
    const settings = { method: 'zstd' } as const;
    const refusing = {
      ...library,
      createCompression: () => ({
        ...library.createCompression(),
        set: () => {
          throw new Error('Parameter is out of bound');
        },
      }),
    };
    expect(() => new ZstdWorkersCompressor(refusing, settings, explain, new ZstdContexts())).toThrow(
      'Parameter is out of bound',
    );
  });

  it('can be closed in the middle of a file, and frees what it used', async () => {
    const contexts = new ZstdContexts();
    const compressor = new ZstdWorkersCompressor(library, { method: 'zstd' }, explain, contexts);
    for await (const _piece of compressor.push(ORIGINAL));
    compressor.close();
    compressor.close();
    expect(freedIn(contexts)).toBe(true);
  });
});

describe('ZstdContexts', () => {
  it('gives what has ended its file to the next one', async () => {
    const contexts = new ZstdContexts();
    const compressor = new ZstdWorkersCompressor(library, { method: 'zstd' }, explain, contexts);
    for await (const _piece of compressor.end());
    compressor.close();
    expect(freedIn(contexts)).toBe(false);
  });
});

/** Whether nothing is idle: then a new context is asked for. */
function freedIn(contexts: ZstdContexts): boolean {
  let asked = false;
  const context = contexts.take({
    ...library,
    createCompression: () => {
      asked = true;
      return library.createCompression();
    },
  });
  context.free();
  return asked;
}
