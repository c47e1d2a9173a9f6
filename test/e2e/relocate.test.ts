/**
 * bb-relocate as a process: what it reads and writes, how it and its neighbours end when one of them ends early, and
 * how it responds to signals. The backups are built by the tests, without a server.
 */

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import * as messages from '../support/messages.ts';
import { pipeline, pipelineOk, type Stage } from '../support/pipeline.ts';
import { type Running, run, signalGroup, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { baseTar, streamBytes } from '../unit/relocate/build.ts';
import { untilIdle } from './support/proc.ts';
import { places } from './support/recording.ts';
import { STOPPING, stop } from './support/signalling.ts';
import { typed } from './support/typed.ts';

const TABLESPACES = [{ oid: 16384, location: '/srv/ts' }];
const MOVED = [{ oid: 16384, location: '/mnt/much/longer/ts' }];
const FILLING = Buffer.alloc(3_000_000, 'x');
const MOVE = ['-T', '/srv/ts=/mnt/much/longer/ts'];
const LIST = '16384\t/srv/ts\t1263616\n';

const folder = temporaryFolder();
const stream = streamBytes({ tablespaces: TABLESPACES, filling: FILLING });
const tar = baseTar({ tablespaces: TABLESPACES, filling: FILLING });
const streamFile = join(folder, 'stream');
let running: Running | undefined;

beforeAll(() => writeFileSync(streamFile, stream));
afterEach(() => {
  if (running !== undefined) signalGroup(running.process, 'SIGKILL');
});
afterAll(() => removeFolder(folder));

const relocate = (...options: string[]): Stage => tool('bb-relocate', options);
const cat = (path = streamFile): Stage => ({ command: 'cat', args: [path] });
const head = (bytes: number): Stage => ({ command: 'head', args: ['-c', String(bytes), streamFile] });
const runRelocate = (stdin: Uint8Array, ...options: string[]) => run(relocate().command, options, { stdin });

describe('input and output', () => {
  it('are of the same form', async () => {
    const moved = { tablespaces: MOVED, filling: FILLING };
    const { stdout: out } = await pipelineOk([cat(), relocate(...MOVE)]);
    // Changed contents may be divided into other messages.
    const unpacked = await Promise.all([out, streamBytes(moved)].map((bytes) => split(bytes)));
    expect(unpacked[0]).toEqual(unpacked[1]);
    const { status, stdout } = await runRelocate(tar, ...MOVE);
    expect(status).toBe(0);
    expect(stdout.equals(baseTar(moved))).toBe(true);
  });

  /** The contents of a stream, as a list. */
  async function split(bytes: Buffer): Promise<string> {
    const { command } = tool('bb-split', []);
    return (await run(command, ['--list', '--json'], { stdin: bytes })).stdout.toString();
  }

  it('tell under -v what moves', async () => {
    const told = 'bb-relocate: moving tablespace 16384 from "/srv/ts" to "/mnt/much/longer/ts"\n';
    expect((await runRelocate(stream, '-v', ...MOVE)).stderr).toBe(told);
    expect((await runRelocate(tar, '-v', ...MOVE)).stderr).toBe(
      `${told}bb-relocate: warning: no manifest was changed, since there is none in the tar\n` +
        'bb-relocate: detail: A manifest that belongs to it has another checksum for tablespace_map.\n',
    );
  });

  it.each([
    { name: 'nothing', input: () => Buffer.alloc(0), status: 1, stderr: 'stream ended before its end' },
    {
      name: 'a text',
      input: () => Buffer.from('not found\n'),
      status: 1,
      stderr: 'standard input is neither a backup stream nor a tar archive',
    },
    {
      name: 'a compressed tar',
      input: () => gzipSync(tar, { level: 1 }),
      status: 2,
      stderr: 'could not relocate tablespaces: archive "base.tar.gz" is compressed',
    },
    {
      name: 'a tar compressed with zstd',
      input: () => Buffer.from('28b52ffd0000000000', 'hex'),
      status: 2,
      stderr: 'could not relocate tablespaces: archive "base.tar.zst" is compressed',
    },
  ])('refuse $name', async ({ input, status, stderr }) => {
    for (const options of [MOVE, ['--list']]) {
      const end = await runRelocate(input(), ...options);
      expect(end.status).toBe(status);
      expect(end.stderr).toContain(`bb-relocate: error: ${stderr}`);
    }
  });

  it('say what is to be put before for a compressed archive', async () => {
    const { stderr } = await runRelocate(gzipSync(tar, { level: 1 }), ...MOVE);
    expect(stderr).toMatch(/\nbb-relocate: hint: Put "bb-compress -d" before bb-relocate\.\n$/);
  });
});

describe('a mapping that does not fit', () => {
  it('gives a stream that is nothing but an abort', async () => {
    const target = join(folder, 'unfit');
    const { statuses, stderrs } = await pipeline([
      cat(),
      relocate('-T', '/nosuch=/x'),
      tool('bb-split', ['-D', target]),
    ]);
    const reason = 'no tablespace of the backup is in directory "/nosuch"';
    expect(statuses.slice(1)).toEqual([2, 1]);
    expect(stderrs[1]).toBe(
      `bb-relocate: error: ${reason}\nbb-relocate: detail: The tablespaces of the backup: 16384 at "/srv/ts".\n`,
    );
    expect(stderrs[2]).toContain(`bb-split: error: backup was aborted upstream: ${reason}`);
    expect(readdirSync(folder)).not.toContain('unfit');
    const alone = await runRelocate(stream, '-T', '/nosuch=/x');
    expect([...places(alone.stdout)].map(({ type }) => type)).toEqual(['E']);
  });

  it('gives no tar at all', async () => {
    const { status, stdout } = await runRelocate(tar, '-T', '/nosuch=/x');
    expect([status, stdout.length]).toEqual([2, 0]);
  });
});

describe('a backup that is cut', () => {
  /** The offsets before and in a message of each of these types. */
  const cuts = ['S', 'D', 'dn', 'dd', 'dm', 'C'].flatMap((type) => {
    const { start = 0, end = 0 } = [...places(stream)].findLast((place) => place.type === type) ?? {};
    return [start, (start + end) >> 1];
  });

  it('is one for whoever is behind, without pipefail too', async () => {
    const check = async (bytes: number) => {
      const split = tool('bb-split', ['-D', join(folder, `cut-${bytes}`)]);
      const { statuses, stderrs } = await pipeline([head(bytes), relocate(...MOVE), split]);
      expect(statuses.slice(1)).toEqual([1, 1]);
      expect(stderrs[2]).toMatch(
        /^bb-split: error: backup was aborted upstream: stream ended before its end\n/,
      );
    };
    await Promise.all(cuts.map(check));
    expect(readdirSync(folder).filter((name) => name.startsWith('cut-'))).toEqual([]);
  });

  it('ends in an abort that is the one from upstream', async () => {
    const abort = messages.ErrorResponse({ S: 'ERROR', V: 'ERROR', C: '58030', M: 'the disk is gone' });
    const manifest = [...places(stream)].find(({ type }) => type === 'dm')?.start ?? 0;
    const { status, stdout, stderr } = await runRelocate(
      Buffer.concat([stream.subarray(0, manifest), abort]),
      ...MOVE,
    );
    expect(status).toBe(1);
    expect(stderr).toBe('bb-relocate: error: backup was aborted upstream: the disk is gone\n');
    expect(stdout.subarray(-abort.length).equals(abort)).toBe(true);
  });

  it('is not made whole as a tar', async () => {
    const { status, stdout } = await runRelocate(tar.subarray(0, -600), ...MOVE);
    expect(status).toBe(1);
    expect(stdout.length).toBeLessThan(tar.length - 500);
  });
});

describe('a neighbour that ends early', () => {
  const gone: Stage = { command: 'sh', args: ['-c', 'exec <&-; sleep 1'] };

  it('is none to complain of, where it was to read', async () => {
    for (const options of [MOVE, ['--list'], ['--help']]) {
      const { statuses, stderrs } = await pipeline([cat(), relocate(...options), gone]);
      expect([statuses[1], stderrs[1]]).toEqual([141, '']);
    }
  });

  it('is bb-relocate itself, when it has its list', async () => {
    const endless: Stage = { command: 'sh', args: ['-c', `cat ${streamFile}; exec cat /dev/zero`] };
    const { statuses, stdout } = await pipeline([endless, relocate('--list')]);
    expect(statuses).toEqual([141, 0]);
    expect(stdout.toString()).toBe(LIST);
  });

  it('is not waited for with a list', async () => {
    const { stdout, status } = await run('bash', [
      '-c',
      `exec ${typed(relocate('--list'))} < <(head -c 5000 ${streamFile}; exec 2>/dev/null sleep 60)`,
    ]);
    expect([status, stdout.toString()]).toEqual([0, LIST]);
  });

  it('leaves a list of a file the same', async () => {
    const { stdout, status } = await run('bash', ['-c', `${typed(relocate('--list'))} <${streamFile}`]);
    expect([status, stdout.toString()]).toEqual([0, LIST]);
  });
});

describe('signals', () => {
  it.each(STOPPING)(
    '%s is obeyed when the input is idle, and passed on as an abort',
    async (signal, status) => {
      const out = join(folder, `out-${signal}`);
      const feed = `< <(exec 2>/dev/null; head -c 1000000 ${streamFile}; exec sleep 60)`;
      running = start('bash', ['-c', `exec ${typed(relocate(...MOVE))} ${feed} >${out}`]);
      await untilIdle(running);
      expect(await stop(running, signal)).toMatchObject({ status, stderr: '' });
      const { stderr } = await run('bash', ['-c', `${typed(tool('bb-split', ['--list']))} <${out}`]);
      expect(stderr).toContain(`backup was aborted upstream: interrupted by ${signal}`);
    },
  );

  it('SIGUSR1 is answered with progress', async () => {
    const feed = `< <(exec 2>/dev/null; head -c 1000000 ${streamFile}; exec sleep 60)`;
    running = start('bash', ['-c', `exec ${typed(relocate(...MOVE))} ${feed} >/dev/null`]);
    await untilIdle(running);
    running.process.kill('SIGUSR1');
    await untilIdle(running);
    expect((await stop(running, 'SIGTERM')).stderr).toMatch(
      /^bb-relocate: \S+ kB of 2\.4 MB \(\d+%\), .*base\.tar\n$/,
    );
  });
});
