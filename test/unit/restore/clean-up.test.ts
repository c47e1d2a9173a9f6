/** Nothing that looks complete before all is complete, and nothing at all after a failure. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { cluster, paths, scratch, tryExtract } from './cluster.ts';

const failure = new Error('the input failed');

/** A backup with two tablespaces, one of them in a folder that is there already. */
function setUp(): { folder: string; frames: Frame[] } {
  const folder = scratch();
  mkdirSync(join(folder, 'there'));
  return { folder, frames: framesFor(folder) };
}

function framesFor(folder: string): Frame[] {
  return cluster({
    tablespaces: [
      { oid: 16384, location: join(folder, 'there') },
      { oid: 16385, location: join(folder, 'deep/er/new') },
    ],
  });
}

/** The first frames, of the last of them half the contents, and then whatever `last` does. */
function* upTo(frames: readonly Frame[], count: number, last: () => void): Generator<Frame, void, undefined> {
  for (const [index, frame] of frames.slice(0, count).entries()) {
    const [bytes] = frame.type === 'data' ? frame.parts : [];
    if (index < count - 1 || bytes === undefined) yield frame;
    else yield { type: 'data', parts: [bytes.subarray(0, bytes.length / 2)], bytes: bytes.length / 2 };
  }
  last();
}

const fail = () => {
  throw failure;
};
const steps = framesFor('/').map(({ type }, index) => ({ type, count: index + 1 }));

describe('a failure of the input', () => {
  it.each(steps)('after frame $count, $type, leaves nothing', async ({ count }) => {
    const { folder, frames } = setUp();
    expect(await tryExtract(folder, upTo(frames, count, fail))).toEqual({ error: failure });
    expect(paths(folder)).toEqual(['there']);
  });

  it.each(steps)('after frame $count, $type, leaves no pg_control without clean-up', async ({ count }) => {
    const { folder, frames } = setUp();
    expect(await tryExtract(folder, upTo(frames, count, fail), { clean: false })).toEqual({
      error: failure,
    });
    const left = paths(folder);
    expect(left.includes('data')).toBe(steps.findIndex((step) => step.type === 'archive') < count);
    expect(left).not.toContain('data/global/pg_control');
    expect(left).not.toContain('data/backup_manifest');
    expect(left.some((path) => /^data\/global\/pg_control\.[0-9a-f]{16}\.partial$/.test(path))).toBe(
      count > steps.findLastIndex((step) => step.type === 'archive-end'),
    );
  });

  it.each(steps.slice(0, -1))('that ends after frame $count, $type, is found', async ({ count }) => {
    const { folder, frames } = setUp();
    const { error } = await tryExtract(
      folder,
      upTo(frames, count, () => {}),
    );
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty('message', 'stream ended before its end');
    expect(paths(folder)).toEqual(['there']);
  });
});

describe('a failure of the extraction', () => {
  it('leaves nothing in directories that were there, and leaves these', async () => {
    const { folder, frames } = setUp();
    mkdirSync(join(folder, 'data'));
    await tryExtract(folder, upTo(frames, frames.length, fail));
    expect(paths(folder)).toEqual(['data', 'there']);
  });

  it('ends the input', async () => {
    const { folder, frames } = setUp();
    let ended = false;
    const input = (async function* () {
      try {
        yield* frames;
      } finally {
        ended = true;
      }
    })();
    await tryExtract(folder, input, { directory: '/proc/none' });
    expect(ended).toBe(true);
  });

  it('does not remove what others put beside it, and tells so', async () => {
    const { folder, frames } = setUp();
    const complaints: string[] = [];
    const putSomething = () => {
      writeFileSync(join(folder, 'data/theirs'), '');
      throw failure;
    };
    const warn = (complaint: string) => complaints.push(complaint);
    const { error } = await tryExtract(folder, upTo(frames, frames.length, putSomething), { warn });
    expect(error).toBe(failure);
    expect(paths(folder)).toEqual(['data', 'data/theirs', 'there']);
    expect(complaints).toEqual([
      `could not remove what was written to "${folder}/data": Directory not empty`,
    ]);
  });

  it('in the last step removes a data directory that was nearly complete', async () => {
    const { folder, frames } = setUp();
    const takeAway = () => {
      for (const path of paths(folder)) if (path.includes('pg_control')) rmSync(join(folder, path));
    };
    const { error } = await tryExtract(folder, upTo(frames, frames.length, takeAway));
    expect((error as Error).message).toMatch(
      /^could not rename file ".*pg_control.*": No such file or directory$/,
    );
    expect(paths(folder)).toEqual(['there']);
  });

  it.each([
    { name: 'backup_manifest', kept: [] },
    { name: 'global/pg_control', kept: ['data/global'] },
  ])('leaves a $name alone that somebody else has put there meanwhile', async ({ name, kept }) => {
    const { folder, frames } = setUp();
    const path = join(folder, 'data', name);
    const put = () => writeFileSync(path, 'theirs');
    const { error } = await tryExtract(folder, upTo(frames, frames.length, put));
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toHaveProperty('message', `could not create file "${path}": File exists`);
    expect(paths(folder)).toEqual(['data', ...kept, `data/${name}`, 'there']);
    expect(readFileSync(path, 'utf8')).toBe('theirs');
  });

  it.each([
    { what: 'a file', put: (path: string) => writeFileSync(join(path, 'PG_VERSION'), 'theirs') },
    { what: 'a directory', put: (path: string) => mkdirSync(join(path, 'base')) },
  ])('leaves $what alone that came before its own', async ({ put }) => {
    const { folder, frames } = setUp();
    const input = function* () {
      for (const frame of frames) {
        if (frame.type === 'archive' && frame.name === 'base.tar') put(join(folder, 'data'));
        yield frame;
      }
    };
    const { error } = await tryExtract(folder, input());
    expect(error).toHaveProperty('message', expect.stringContaining('collides with what is there already'));
    expect(paths(folder).filter((path) => path !== 'there')).toHaveLength(2);
  });
});

describe('a signal', () => {
  it.each([true, false])('stops the last steps, with sync %s', async (sync) => {
    const { folder, frames } = setUp();
    const controller = new AbortController();
    const stop = () => controller.abort(failure);
    const options = { sync, signal: controller.signal };
    expect(await tryExtract(folder, upTo(frames, frames.length, stop), options)).toEqual({ error: failure });
    expect(paths(folder)).toEqual(['there']);
  });
});

describe('global/pg_control', () => {
  it('is not there while frames come, nor is backup_manifest', async () => {
    const { folder, frames } = setUp();
    const seen: string[] = [];
    const look = () => {
      const names = ['data/global/pg_control', 'data/backup_manifest'].map((name) => join(folder, name));
      for (const name of names) if (existsSync(name)) seen.push(name);
    };
    function* watched(): Generator<Frame, void, undefined> {
      for (const frame of frames) {
        yield frame;
        look();
      }
    }
    expect(await tryExtract(folder, watched())).toHaveProperty('summary');
    expect(seen).toEqual([]);
    look();
    expect(seen).toHaveLength(2);
    expect(paths(folder).filter((path) => path.endsWith('.partial'))).toEqual([]);
  });
});
