/**
 * Standard input and output in all forms: files, sockets, closed, non-blocking, written byte by byte, slow, or gone;
 * and that a tool leaves nothing but its output.
 */

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { quote } from '../support/announce.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, type Stage } from '../support/pipeline.ts';
import { type Finished, run, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { recordedCluster } from './support/given.ts';
import { Target } from './support/targets.ts';
import { typed } from './support/typed.ts';

const given = recordedCluster();

function stream(...options: string[]): Stage {
  return tool('bb-stream', [...given.cluster.connectionOptions, '-c', 'fast', ...options]);
}

function bash(script: string): Promise<Finished> {
  return run('bash', ['-c', script]);
}

describe('standard input', () => {
  const nothing = 'bb-split: error: stream ended before its end\nbb-split: detail: Nothing was received.\n';
  const forms: readonly [name: string, redirection: () => string, status: number, stderr: string][] = [
    ['a file', () => `<${given.recording.file}`, 0, ''],
    ['a pipe', () => `< <(cat ${given.recording.file})`, 0, ''],
    [
      'written byte by byte',
      () =>
        `< <(head -c 5000 ${given.recording.file} | dd bs=1 status=none; tail -c +5001 ${given.recording.file})`,
      0,
      '',
    ],
    ['empty', () => '</dev/null', 1, nothing],
    ['closed', () => '<&-', 1, nothing],
    ['a directory', () => '</', 2, 'bb-split: error: could not read from standard input: Is a directory\n'],
  ];
  it.each(forms)('may be %s', async (_name, redirection, status, stderr) => {
    for (const format of ['tar', 'plain', 'list'] as const) {
      const target = new Target(given.folder, format);
      const end = await bash(`${typed(target.split())} ${redirection()}`);
      expect(end).toMatchObject({ status, stderr });
      if (status !== 0) target.expectNothing(end.stdout);
    }
  });

  it('may be a socket', async () => {
    const { command, args = [] } = new Target(given.folder, 'plain').split();
    expect(await run(command, args, { stdin: given.recording.bytes })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it('may be non-blocking', async () => {
    const feed = `(head -c 1000000 ${given.recording.file}; sleep 0.5; tail -c +1000001 ${given.recording.file})`;
    const split = new Target(given.folder, 'plain').split();
    const inGroup = `{ ${makeNonBlocking('stdin')}; ${flags(0)}; ${typed(split)}; }`;
    const { status, stderr } = await bash(`${feed} | ${inGroup}`);
    expect([status, isNonBlocking(stderr)]).toEqual([0, true]);
  });

  it('is not waited for where the target cannot be used', async () => {
    const split = tool('bb-split', ['-D', '/proc/nosuch/backup']);
    const idle = start('bash', ['-c', `exec ${typed(split)} < <(exec 2>/dev/null sleep 20)`], {
      timeoutMs: 10_000,
    });
    const { status, stderr } = await idle.finished;
    expect(status).toBe(2);
    expect(stderr).toMatch(/^bb-split: error: could not create directory "\/proc\/nosuch\/backup": .*\n$/);
  });
});

/** Leaves a standard stream non-blocking, as ssh does: a Node.js that is killed before it can reset it. */
function makeNonBlocking(name: 'stdin' | 'stdout'): string {
  const program = `process.${name}; process.kill(process.pid, "SIGKILL")`;
  return `${quote(process.execPath)} -e ${quote(program)} 2>/dev/null || true`;
}

/** Prints the flags of a descriptor, duplicated as descriptor 3, on standard error. */
function flags(fd: number): string {
  return `grep ^flags /proc/self/fdinfo/3 3>&${fd} >&2`;
}

function isNonBlocking(printed: string): boolean {
  const O_NONBLOCK = 0o4000;
  return (Number.parseInt(/^flags:\s*(\d+)$/m.exec(printed)?.[1] ?? '', 8) & O_NONBLOCK) !== 0;
}

describe('standard output', () => {
  const list = typed(tool('bb-split', ['--list']));

  it('may be non-blocking, and slow', async () => {
    const inGroup = `{ ${makeNonBlocking('stdout')}; ${flags(1)}; ${typed(stream())}; }`;
    const { status, stderr, stdout } = await bash(`set -o pipefail; ${inGroup} | (sleep 0.5; cat) | ${list}`);
    expect([status, isNonBlocking(stderr)]).toEqual([0, true]);
    expect(stdout.toString()).toMatch(/\nend of backup at .*\n$/);
  });

  it('is left as it was', async () => {
    const { stderr } = await bash(`{ ${typed(stream())}; ${flags(1)}; } | cat >/dev/null`);
    expect(stderr).toMatch(/^flags:/);
    expect(isNonBlocking(stderr)).toBe(false);
  });

  it('whose reader has gone ends the tool in silence', async () => {
    const gone = { command: 'sh', args: ['-c', 'exec <&-; sleep 1'] };
    const cat = { command: 'cat', args: [given.recording.file] };
    for (const last of [['--list'], ['--help']]) {
      const { statuses, stderrs } = await pipeline([cat, tool('bb-split', last), gone]);
      expect([statuses[1], stderrs[1]]).toEqual([141, '']);
    }
    const { statuses, stderrs } = await pipeline([stream(), gone]);
    expect([statuses[0], stderrs[0]]).toEqual([141, '']);
  });
});

describe('closed descriptors', () => {
  it.each(['>&-', '2>&-', '>&- 2>&-', '<&- >&- 2>&-'])(
    'of bb-stream, %s, change nothing else',
    async (closed) => {
      expect((await bash(`${typed(stream())} ${closed}`)).status).toBe(0);
    },
  );

  it.each(['>&-', '2>&-', '>&- 2>&-'])('of bb-split, %s, change nothing else', async (closed) => {
    for (const format of ['tar', 'plain'] as const) {
      const [usual, target] = [new Target(given.folder, format), new Target(given.folder, format)];
      await bash(`${typed(usual.split())} <${given.recording.file}`);
      const { status } = await bash(`${typed(target.split())} <${given.recording.file} ${closed}`);
      expect(status).toBe(0);
      expect(target.left()).toEqual(usual.left());
    }
  });

  it('keep no status from being told', async () => {
    expect((await bash(`${typed(new Target(given.folder, 'tar').split())} </dev/null 2>&-`)).status).toBe(1);
  });
});

describe('what is left behind', () => {
  it('is no process and no temporary file', async () => {
    const temporary = temporaryFolder();
    const target = new Target(given.folder, 'plain');
    const script = `${typed(stream())} | ${typed(target.split())}`;
    const running = start('bash', ['-c', script], { env: { TMPDIR: temporary } });
    expect((await running.finished).status).toBe(0);
    expect(() => process.kill(-(running.process.pid ?? 0), 0)).toThrow('ESRCH');
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(target.folder)).toEqual(['backup']);
    removeFolder(temporary);
  });
});
