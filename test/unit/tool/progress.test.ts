/** Progress, in each of its forms, over backups that are made up frame by frame. */

import { isatty } from 'node:tty';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encode } from '../../../lib/stream/encode.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { Messages } from '../../../lib/terminal/messages.ts';
import type { ProgressForm } from '../../../lib/terminal/progress-display.ts';
import { isPipe } from '../../../lib/terminal/standard-error.ts';
import { Progress } from '../../../lib/tool/progress.ts';
import { archive, backupFrames, data, progress } from '../../support/frames.ts';
import { gather } from '../../support/gather.ts';
import { takeErrors } from '../terminal/capture.ts';

vi.mock('node:fs', async (original) => ({ ...(await original<object>()), writeSync: vi.fn() }));
vi.mock('../../../lib/terminal/standard-error.ts', async (original) => {
  const module = await original<typeof import('../../../lib/terminal/standard-error.ts')>();
  return { ...module, isPipe: vi.fn(() => false) };
});
vi.mock('../../../lib/tool/later-tools.ts', () => ({ drawsLater: () => later }));
vi.mock('node:tty', async (original) => ({ ...(await original<object>()), isatty: vi.fn(() => false) }));

const MB = 1024 * 1024;
/** What is found out about the later tools of the pipeline. */
let later: boolean | undefined = false;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.mocked(isatty).mockReturnValue(false);
  later = false;
  vi.mocked(isPipe).mockReturnValue(false);
  takeErrors();
});

/** Frames that come one a second; ends that have no bytes come at once. */
async function* slowly(frames: readonly Frame[]): AsyncGenerator<Frame> {
  for (const frame of frames) {
    if (encode(frame).length > 0) await vi.advanceTimersByTimeAsync(1000);
    yield frame;
  }
}

/** What is shown while these frames pass. */
async function shown(form: ProgressForm, frames: readonly Frame[]): Promise<string> {
  const passed: Frame[] = [];
  for await (const frame of new Progress(new Messages('bb-test'), form).watch(slowly(frames)))
    passed.push(frame);
  expect(passed).toEqual(frames);
  return takeErrors();
}

/** A backup of 4 MB by the estimate, in four pieces of 1 MB. */
function fourMegabytes(): Frame[] {
  const piece = Buffer.alloc(MB);
  const copy = archive('base.tar', '', piece, piece, piece, piece);
  return backupFrames({ kilobytes: 4 * 1024, copy: [...copy, { type: 'manifest' }, data('{}')] });
}

/** The last of the JSON objects that are shown. */
async function lastState(frames: readonly Frame[]): Promise<unknown> {
  const lines = (await shown('json', frames)).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '');
}

describe('Progress', () => {
  it('shows nothing unless asked', async () => {
    expect(await shown('none', fourMegabytes())).toBe('');
  });

  it('writes a line every few seconds, and one at the end, where there is no terminal', async () => {
    expect(await shown('text', fourMegabytes())).toMatchInlineSnapshot(`
      "bb-test: 0 bytes, 0 bytes/s
      bb-test: 1.0 MB of 4.0 MB (25%), 102 kB/s, 0:30 left, base.tar
      bb-test: 4.0 MB of 4.0 MB (100%), 273 kB/s, 0:00 left, backup_manifest
      bb-test: 4.0 MB of 4.0 MB (100%), 216 kB/s, 0:00 left, backup_manifest
      "
    `);
  });

  it('draws a bar on a terminal, over and over in the same line', async () => {
    vi.mocked(isatty).mockReturnValue(true);
    const drawn = await shown('text', fourMegabytes());
    expect(drawn).toMatch(/^(\r[^\r\n]*\x1b\[K)+\n$/);
    expect(drawn).toMatch(/\rbb-test: \[=+ +\] 2\.0 MB of 4\.0 MB \(50%\), /);
    expect(drawn).toMatch(/\rbb-test: \[=+\] 4\.0 MB of 4\.0 MB \(100%\), /);
  });

  it('draws no bar where there is no estimate', async () => {
    vi.mocked(isatty).mockReturnValue(true);
    const drawn = await shown('text', backupFrames({ copy: archive('base.tar', '', Buffer.alloc(MB)) }));
    expect(drawn).toMatch(/\rbb-test: 1\.0 MB, [^\r\n]*, base\.tar\x1b\[K\n$/);
    expect(drawn).not.toContain('[=');
  });

  it('says what is waited for, until the backup has begun', async () => {
    vi.mocked(isatty).mockReturnValue(true);
    const parameter: Frame = { type: 'parameter', name: 'server_version', value: '18.0' };
    const drawn = await shown('text', [parameter, ...fourMegabytes()]);
    expect(drawn).toMatch(/^\rbb-test: waiting for checkpoint\x1b\[K\r/);
    expect(drawn.split('\r').at(-1)).not.toContain('waiting');
  });

  it('draws nothing before the first frame, while a password may be asked for', async () => {
    vi.mocked(isatty).mockReturnValue(true);
    async function* late(): AsyncGenerator<Frame> {
      await vi.advanceTimersByTimeAsync(10_000);
      expect(takeErrors()).toBe('');
      yield* slowly(fourMegabytes());
    }
    for await (const _frame of new Progress(new Messages('bb-test'), 'text').watch(late()));
    expect(takeErrors()).toContain('\rbb-test: ');
  });

  it.each([
    { name: 'nothing where a later tool draws', found: true, drawn: /^$/ },
    { name: 'lines where that cannot be told', found: undefined, drawn: /^(bb-test: [^\r]*\n)+$/ },
  ])('writes $name', async ({ found, drawn }) => {
    vi.mocked(isatty).mockReturnValue(true);
    vi.mocked(isPipe).mockReturnValue(true);
    later = found;
    expect(await shown('text', fourMegabytes())).toMatch(drawn);
  });

  it('takes the bar away before a message, and draws it again', async () => {
    vi.mocked(isatty).mockReturnValue(true);
    const messages = new Messages('bb-test');
    for await (const frame of new Progress(messages, 'text').watch(slowly(fourMegabytes()))) {
      if (frame.type === 'manifest') messages.warning('something is odd');
    }
    expect(takeErrors()).toMatch(
      /\x1b\[K\r\x1b\[Kbb-test: warning: something is odd\nbb-test: \[[^\r\n]*\r[^\n]*\n$/,
    );
  });

  it('writes JSON, one object a line', async () => {
    const lines = (await shown('json', fourMegabytes())).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.map((line) => JSON.parse(line)).at(-1)).toEqual({
      bytes: 4 * MB,
      total: 4 * MB,
      seconds: expect.any(Number),
      archive: 'backup_manifest',
    });
  });

  it('adds up the sizes of all tablespaces', async () => {
    const tablespaces = [{ oid: 16384, location: '/ts' }];
    const frames = backupFrames({ kilobytes: 3, tablespaces, copy: archive('16384.tar', '/ts') });
    expect(await lastState(frames)).toMatchObject({ total: 2 * 3 * 1024 });
  });

  it('raises an estimate that was too small', async () => {
    const copy = archive('base.tar', '', Buffer.alloc(5000));
    expect(await lastState(backupFrames({ kilobytes: 3, copy }))).toMatchObject({ bytes: 5000, total: 5000 });
  });

  it('has no total where the server gave no estimate', async () => {
    expect(await lastState(backupFrames({ copy: archive('base.tar', '', 'data') }))).not.toHaveProperty(
      'total',
    );
  });

  it('counts contents of plain archives itself, the manifest apart', async () => {
    const copy = [
      ...archive('base.tar', '', 'data'),
      progress(99n),
      { type: 'manifest' } as const,
      data('{}'),
    ];
    expect(await lastState(backupFrames({ copy }))).toMatchObject({ bytes: 4 });
  });

  it('leaves out WAL that is streamed beside the backup, as the estimate does', async () => {
    const copy = [
      ...archive('base.tar', '', 'data'),
      ...archive('pg_wal.tar', '', 'write-ahead log'),
      { type: 'manifest' } as const,
    ];
    expect(await lastState(backupFrames({ copy }))).toMatchObject({ bytes: 4 });
  });

  it("takes the server's count for compressed archives", async () => {
    const copy = [...archive('base.tar.gz', '', 'data'), progress(99n)];
    expect(await lastState(backupFrames({ copy }))).toMatchObject({ bytes: 99, archive: 'base.tar.gz' });
  });

  it('counts bytes that are no backup', async () => {
    const chunks = (async function* () {
      yield Buffer.alloc(1000);
      yield Buffer.alloc(234);
    })();
    for await (const _chunk of new Progress(new Messages('bb-test'), 'json').watchBytes(chunks));
    expect(JSON.parse(takeErrors().trimEnd().split('\n').at(-1) ?? '')).toEqual({
      bytes: 1234,
      seconds: expect.any(Number),
    });
  });

  it('answers SIGUSR1 with a line, asked for or not', () => {
    new Progress(new Messages('bb-test'), 'none');
    process.emit('SIGUSR1', 'SIGUSR1');
    expect(takeErrors()).toMatch(/^bb-test: 0 bytes, 0 bytes\/s\n$/);
  });

  it('answers SIGUSR1 when all has passed, too, and with one line however many have been watched', async () => {
    for (let backups = 0; backups < 12; backups++) await shown('none', fourMegabytes());
    expect(process.listenerCount('SIGUSR1')).toBe(1);
    process.emit('SIGUSR1', 'SIGUSR1');
    expect(takeErrors()).toMatch(/^bb-test: 4\.0 MB of 4\.0 MB \(100%\), .*, backup_manifest\n$/);
  });

  it('shows how far it came, and stops, when the frames fail', async () => {
    async function* failing(): AsyncGenerator<Frame> {
      yield* fourMegabytes().slice(0, 10);
      throw new Error('stream ended before its end');
    }
    const { error } = await gather(new Progress(new Messages('bb-test'), 'text').watch(failing()));
    expect(error).toEqual(new Error('stream ended before its end'));
    expect(takeErrors()).toMatch(/^bb-test: 2\.0 MB of 4\.0 MB \(50%\), .*, base\.tar\n$/);
    expect(vi.getTimerCount()).toBe(0);
  });
});
