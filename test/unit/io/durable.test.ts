import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { syncAll } from '../../../lib/io/durable.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';

const signal = new AbortController().signal;
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  for (let index = 0; index < 20; index++) writeFileSync(join(folder, `${index}`), 'x');
  mkdirSync(join(folder, 'directory'));
});
afterAll(() => removeFolder(folder));

/** Paths of files, and what has become of the asking for them. */
function paths(...names: string[]) {
  const asked = { count: 0, ended: false };
  function* all() {
    try {
      for (const name of names) {
        asked.count++;
        yield join(folder, name);
      }
    } finally {
      asked.ended = true;
    }
  }
  return { asked, all: all() };
}
const TWENTY = Array.from({ length: 20 }, (_, index) => `${index}`);

describe('syncAll', () => {
  it('syncs files and directories', async () => {
    const { asked, all } = paths(...TWENTY, 'directory');
    await syncAll(all, signal);
    expect(asked).toEqual({ count: 21, ended: true });
  });

  it('takes an array, and nothing', async () => {
    await syncAll([join(folder, '1'), folder], signal);
    await syncAll([], signal);
  });

  it('asks for no more paths after a failure', async () => {
    const { asked, all } = paths('missing', ...TWENTY);
    const failure = syncAll(all, signal);
    await expect(failure).rejects.toBeInstanceOf(TroubleError);
    await expect(failure).rejects.toThrow(
      `could not open file "${join(folder, 'missing')}": No such file or directory`,
    );
    expect(asked.ended).toBe(true);
    expect(asked.count).toBeLessThan(20);
  });

  it('says which file the system did not sync', async () => {
    await expect(syncAll(['/dev/null'], signal)).rejects.toThrow(
      'could not fsync file "/dev/null": Invalid argument',
    );
  });

  it('stops with the reason of the signal', async () => {
    const reason = new Error('interrupted');
    const { asked, all } = paths(...TWENTY);
    await expect(syncAll(all, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(asked).toEqual({ count: 1, ended: true });
  });
});
