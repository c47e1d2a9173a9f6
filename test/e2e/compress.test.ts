/**
 * bb-compress as a process: on files, in place of gzip, lz4 and zstd, in both directions; and how it and its reader end
 * when the input or output fails, or the user stops it.
 */

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COMPRESSION_SUFFIX, type Compression } from '../../lib/compress/method.ts';
import { isInstalled } from '../support/compressors.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { backupFrames, encodeAll } from '../support/frames.ts';
import { pipeline, type Stage } from '../support/pipeline.ts';
import { randomFrom } from '../support/rechunk.ts';
import { type Finished, type Running, run, runOk, signalGroup, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { file, tar } from '../unit/tar/build.ts';
import { untilIdle, untilStuck } from './support/proc.ts';
import { STOPPING, stop } from './support/signalling.ts';
import { typed } from './support/typed.ts';

const METHODS = Object.keys(COMPRESSION_SUFFIX) as Compression[];
/** Compressible and incompressible parts, larger than all buffers of the pipe. */
const CONTENTS = Buffer.concat([
  Buffer.from('SELECT 1; -- and so on\n'.repeat(100_000)),
  Buffer.from(Uint32Array.from({ length: 500_000 }, randomFrom(1).bind(null, 2 ** 32)).buffer),
  Buffer.alloc(1_000_000),
]);
const STREAM = encodeAll(
  backupFrames({
    copy: [
      { type: 'archive', name: 'base.tar', location: '', resumed: false },
      ...[0, 1, 2, 3].map((part) => {
        const whole = tar(file('PG_VERSION', CONTENTS));
        const piece = whole.subarray((part * whole.length) / 4, ((part + 1) * whole.length) / 4);
        return { type: 'data', parts: [piece], bytes: piece.length } as const;
      }),
    ],
  }),
);

const folder = temporaryFolder();
const contents = join(folder, 'contents');
const stream = join(folder, 'stream');

beforeAll(() => {
  writeFileSync(contents, CONTENTS);
  writeFileSync(stream, STREAM);
});

afterAll(() => removeFolder(folder));

function compress(...options: string[]): Stage {
  return tool('bb-compress', options);
}

/** Runs bb-compress on bytes from a socket. */
function compressed(stdin: Buffer, ...options: string[]): Promise<Finished> {
  const { command, args = [] } = compress(...options);
  return run(command, args, { stdin });
}

async function expectContents(bytes: Buffer, expected: Buffer, ...options: string[]): Promise<void> {
  const { status, stdout, stderr } = await compressed(bytes, '-d', ...options);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.equals(expected)).toBe(true);
}

describe.each(METHODS.filter(isInstalled))('a file and %s', (method) => {
  const suffix = COMPRESSION_SUFFIX[method];

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('x')],
    ['much', CONTENTS],
  ])('understand each other about %s', async (_name, bytes) => {
    const plain = join(folder, 'plain');
    writeFileSync(plain, bytes);
    const ours = await compressed(bytes, '-Z', method);
    expect([ours.status, ours.stderr]).toEqual([0, '']);
    writeFileSync(`${plain}${suffix}`, ours.stdout);
    await runOk(method, ['-t', `${plain}${suffix}`]);
    await runOk('bash', ['-c', `${method} -dc ${plain}${suffix} | cmp - ${plain}`]);
    await expectContents(ours.stdout, bytes);
    await expectContents((await run('bash', ['-c', `${method} -c <${plain}`])).stdout, bytes);
  });

  it('agree about one that was put together', async () => {
    const parts = await Promise.all(
      ['1', '2'].map((level) => compressed(CONTENTS, '-Z', `${method}:${level}`, '-j', level)),
    );
    const both = Buffer.concat(parts.map(({ stdout }) => stdout));
    await expectContents(both, Buffer.concat([CONTENTS, CONTENTS]));
  });

  it('agree about one that is cut', async () => {
    const { stdout } = await compressed(CONTENTS, '-Z', method);
    for (const bytes of [5, stdout.length >> 1, stdout.length - 5, stdout.length - 1]) {
      const cut = join(folder, `cut${suffix}`);
      writeFileSync(cut, stdout.subarray(0, bytes));
      expect((await run(method, ['-t', cut])).status, `${bytes} bytes`).not.toBe(0);
      const { status, stderr } = await compressed(stdout.subarray(0, bytes), '-d');
      expect(status).toBe(1);
      expect(stderr).toMatch(/^bb-compress: error: could not decompress standard input: /);
    }
  });

  it('make the same bytes with any number of threads', async () => {
    const [one, three] = await Promise.all(
      ['1', '3'].map((jobs) => compressed(CONTENTS, '-Z', `${method}:1`, '-j', jobs)),
    );
    expect(one?.stdout.length).toBeGreaterThan(1_000_000);
    expect(one?.stdout.equals(three?.stdout ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('a file', () => {
  it.skipIf(!isInstalled('pigz'))('of pigz is read', async () => {
    const { stdout } = await run('bash', ['-c', `pigz -p2 -c ${contents}`]);
    await expectContents(stdout, CONTENTS);
  });

  it('passes as it is with -Z none', async () => {
    for (const bytes of [CONTENTS, STREAM])
      expect((await compressed(bytes, '-Znone')).stdout.equals(bytes)).toBe(true);
  });

  it('that is not compressed is not decompressed', async () => {
    expect(await compressed(CONTENTS, '-d')).toMatchObject({
      status: 1,
      stdout: Buffer.alloc(0),
      stderr: 'bb-compress: error: could not decompress standard input: it is neither gzip, lz4 nor zstd\n',
    });
  });

  it('that is not compressed is refused without waiting for its end', async () => {
    const script = `(echo SELECT 1; exec 2>/dev/null sleep 20) | { ${typed(compress('-d'))}; echo $?; kill 0; }`;
    const { finished } = start('bash', ['-c', script], { timeoutMs: 10_000 });
    expect((await finished).stdout.toString()).toBe('1\n');
  });

  it('tells of its progress, and under -v of archives', async () => {
    const { stderr } = await compressed(CONTENTS, '-P');
    expect(stderr).toMatch(/^bb-compress: 5\.\d MB, .*\/s\n$/);
    const framed = await compressed(STREAM, '-v', '--progress=json', '-z');
    expect(framed.stderr).toMatch(
      /^bb-compress: compressed archive "base.tar" from 5\.\d MB to \d\.\d MB\n\{.*\}\n$/,
    );
    const again = await compressed(framed.stdout, '-dv');
    expect(again.stderr).toMatch(
      /^bb-compress: decompressed archive "base.tar.gz" from \d\.\d MB to 5\.\d MB\n$/,
    );
  });
});

describe('an abort', () => {
  it.each(['-z', '-d'])('is passed on with %s', async (option) => {
    const { statuses, stderrs } = await pipeline([
      tool('bb-stream', ['-h', folder, '-w']),
      compress(option),
      tool('bb-split', ['--list']),
    ]);
    const [reason = ''] = /could not connect.*/.exec(stderrs[0] ?? '') ?? [];
    expect(statuses).toEqual([2, 1, 1]);
    for (const stderr of stderrs.slice(1)) expect(stderr).toContain(`backup was aborted upstream: ${reason}`);
  });

  it('ends what was damaged', async () => {
    const { stdout } = await compressed(STREAM, '-z');
    stdout.fill(0xff, stdout.length >> 1, (stdout.length >> 1) + 100);
    const damaged = join(folder, 'damaged');
    writeFileSync(damaged, stdout);
    const { statuses, stderrs } = await pipeline([
      { command: 'cat', args: [damaged] },
      compress('-d'),
      tool('bb-split', ['-D', join(folder, 'nothing')]),
    ]);
    expect(statuses).toEqual([expect.any(Number), 1, 1]);
    const [, complaint = 'none'] =
      /^bb-compress: error: (could not decompress archive "base.tar.gz".*)\n/.exec(stderrs[1] ?? '') ?? [];
    expect(stderrs[2]).toContain(`bb-split: error: backup was aborted upstream: ${complaint}\n`);
    expect(readdirSync(folder)).not.toContain('nothing');
  });
});

describe('a signal', () => {
  let running: Running | undefined;
  /** Ends the feeder too, which is asleep. */
  afterEach(() => {
    if (running !== undefined) signalGroup(running.process, 'SIGKILL');
  });

  function startIdle(input: string, ...options: string[]): Running {
    const { command, args = [] } = compress(...options);
    const script = `exec "$@" < <(exec 2>/dev/null; head -c 3000000 "$0"; exec sleep 600)`;
    running = start('bash', ['-c', script, input, command, ...args]);
    return running;
  }

  it.each(STOPPING)('%s ends it, and the stream in an abort', async (signal, status) => {
    const idle = startIdle(stream, '-z');
    await untilIdle(idle);
    const end = await stop(idle, signal);
    expect(end).toMatchObject({ status, stderr: '' });
    const list = await run(tool('bb-split', []).command, ['--list'], { stdin: end.stdout });
    expect(list.status).toBe(1);
    expect(list.stderr).toContain(`backup was aborted upstream: interrupted by ${signal}\n`);
  });

  it('SIGTERM ends it on a file, which is no whole one then', async () => {
    const idle = startIdle(contents, '-z');
    await untilIdle(idle);
    const end = await stop(idle, 'SIGTERM');
    expect(end).toMatchObject({ status: 143, stderr: '' });
    expect((await run('gzip', ['-t'], { stdin: end.stdout })).status).not.toBe(0);
  });

  it('SIGTERM ends it while nothing goes on, since zstd works as hard as it can', async () => {
    const large = join(folder, 'large');
    writeFileSync(large, Buffer.concat(Array.from({ length: 20 }, () => CONTENTS)));
    const { command, args = [] } = compress('-Z', 'zstd:22', '-j1');
    running = start('bash', ['-c', 'exec "$@" <"$0" >/dev/null', large, command, ...args]);
    await untilStuck(running);
    expect(await stop(running, 'SIGTERM')).toMatchObject({ status: 143, stderr: '' });
  });

  it('SIGUSR1 asks how far it is', async () => {
    const idle = startIdle(stream, '-z');
    await untilIdle(idle);
    idle.process.kill('SIGUSR1');
    await untilIdle(idle);
    const { stderr } = await stop(idle, 'SIGTERM');
    expect(stderr).toMatch(/^bb-compress: 2\.\d MB, .*\/s, base\.tar\n$/);
  });
});

describe('standard output', () => {
  const gone = { command: 'sh', args: ['-c', 'exec <&-; sleep 1'] };

  it.each([
    ['a stream', () => stream],
    ['a file', () => contents],
  ])('whose reader has gone ends it in silence, of %s', async (_name, input) => {
    const { statuses, stderrs } = await pipeline([{ command: 'cat', args: [input()] }, compress('-z'), gone]);
    expect([statuses[1], stderrs[1]]).toEqual([141, '']);
  });

  it.skipIf(!existsSync('/dev/full'))('that is full is trouble', async () => {
    for (const input of [stream, contents]) {
      const stages = [{ command: 'cat', args: [input] }, compress('-z')];
      const { statuses, stderrs } = await pipeline(stages, { stdoutFile: '/dev/full' });
      const complaint = 'could not write to standard output: No space left on device';
      expect([statuses[1], stderrs[1]]).toEqual([2, `bb-compress: error: ${complaint}\n`]);
    }
  });
});

describe('-t', () => {
  it.each(METHODS)('tells a good file from one that is cut or damaged, of %s', async (method) => {
    const { stdout: good } = await compressed(CONTENTS, '-Z', method);
    expect(await compressed(good, '-t')).toMatchObject({ status: 0, stdout: Buffer.alloc(0), stderr: '' });
    const damaged = Buffer.from(good).fill(0x55, good.length >> 1, (good.length >> 1) + 9);
    for (const bytes of [good.subarray(0, -1), damaged, CONTENTS]) {
      const { status, stdout, stderr } = await compressed(bytes, '-t');
      expect([status, stdout.length]).toEqual([1, 0]);
      expect(stderr).toMatch(/^bb-compress: error: could not decompress standard input: [^\n]+\n$/);
    }
  });

  it('tells a good stream from one with an archive that is damaged, and one that is cut', async () => {
    const { stdout: good } = await compressed(STREAM);
    expect(await compressed(good, '-t')).toMatchObject({ status: 0, stdout: Buffer.alloc(0), stderr: '' });
    const damaged = Buffer.from(good).fill(0x55, good.length >> 1, (good.length >> 1) + 9);
    for (const bytes of [damaged, good.subarray(0, -1)]) {
      expect(await compressed(bytes, '-t')).toMatchObject({ status: 1, stdout: Buffer.alloc(0) });
    }
  });
});

describe('--version -v', () => {
  it('says what is used, after the line that programs read', async () => {
    const { stdout, stderr } = await compressed(Buffer.alloc(0), '--version', '-v');
    const [first, ...more] = stdout.toString().trimEnd().split('\n');
    expect(first).toMatch(/^bb-compress \(bb\) \d/);
    expect(more.join('\n')).toMatch(/^zstd: libzstd \S+, \/\S+$/m);
    expect(stderr).toBe('');
  });
});
