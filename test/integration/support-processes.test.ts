/**
 * The helpers that run processes and check what they leave: statuses, output, time limits, clean-up.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { serverAccount } from '../support/account.ts';
import { onCommand } from '../support/announce.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk, startPipeline } from '../support/pipeline.ts';
import { run, runOk, start } from '../support/run.ts';
import { tree } from '../support/tree.ts';
import { untilTrue } from '../support/wait.ts';

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

describe('run', () => {
  it('gives status and both outputs', async () => {
    const { status, stdout, stderr } = await run('sh', ['-c', 'cat; echo no >&2; exit 3'], { stdin: 'yes' });
    expect([status, stdout.toString(), stderr]).toEqual([3, 'yes', 'no\n']);
  });

  it('gives the status that a shell would give for a signal', async () => {
    expect((await run('sh', ['-c', 'kill -TERM $$'])).status).toBe(143);
  });

  it('passes settings on, and none of libpq', async () => {
    process.env.PGHOST = 'elsewhere';
    const printed = await runOk('sh', ['-c', 'echo $PGHOST $COLOUR $PWD'], {
      env: { COLOUR: 'red' },
      cwd: '/',
    });
    delete process.env.PGHOST;
    expect(printed).toBe('red /\n');
  });

  it.skipIf(serverAccount() === undefined)('runs under another account', async () => {
    expect(await runOk('id', ['-u'], { account: serverAccount() })).toBe(`${serverAccount()?.uid}\n`);
  });

  it('kills all that was started when the time is up, and shows what was printed', async () => {
    const slow = start('sh', ['-c', 'sleep 600 & echo $!; echo busy >&2; wait'], { timeoutMs: 300 });
    await expect(slow.finished).rejects.toThrow(/did not end in 300 ms\nbusy\n\d+\n/);
    const sleeper = await slow.finished.catch((error: Error) => Number(error.message.split('\n').at(-2)));
    await untilTrue('the grandchild is gone', () => !isRunning(Number(sleeper)));
  });

  it('says which program could not be started', async () => {
    await expect(run('/no/such/program')).rejects.toThrow('/no/such/program');
  });
});

describe('runOk', () => {
  it('throws what a failed program printed', async () => {
    await expect(runOk('sh', ['-c', 'echo reason >&2; exit 2'])).rejects.toThrow('status 2\nreason');
  });
});

describe('pipeline', () => {
  it('gives the status and the standard error of each stage', async () => {
    const { statuses, stdout, stderrs } = await pipeline(
      [
        { command: 'sh', args: ['-c', 'cat; echo one >&2; exit 5'] },
        { command: 'sh', args: ['-c', 'echo two >&2; tr a-z A-Z'] },
        { command: 'no-such-program' },
      ],
      { stdin: 'text' },
    );
    expect(statuses).toEqual([5, expect.any(Number), 127]);
    expect(stdout.toString()).toBe('');
    expect(stderrs).toEqual(['one\n', expect.stringContaining('two\n'), expect.stringContaining('no-such')]);
  });

  it('hands over arguments and variables unharmed', async () => {
    const args = ["it's", 'a "b" $c `d` \\e\nf', '*', ''];
    const { stdout } = await pipelineOk([
      { command: 'printenv', args: ['ODD'], env: { ODD: "o'd d=$x" } },
      { command: 'sh', args: ['-c', 'cat; printf "<%s>" "$@"', 'sh', ...args] },
    ]);
    expect(stdout.toString()).toBe(`o'd d=$x\n${args.map((arg) => `<${arg}>`).join('')}`);
  });

  it('writes to a file where told', async () => {
    const stdoutFile = join(folder, 'a file');
    await pipelineOk([{ command: 'echo', args: ['1'] }, { command: 'cat' }], { stdoutFile });
    expect(readFileSync(stdoutFile, 'utf8')).toBe('1\n');
  });

  it('throws what all stages printed when one of several had to succeed and did not', async () => {
    const stages = [{ command: 'true' }, { command: 'sh', args: ['-c', 'echo reason >&2; exit 1'] }];
    await expect(pipelineOk(stages)).rejects.toThrow('ended with 0,1\nreason');
  });

  it('lets one stage be killed', async () => {
    const running = startPipeline([{ command: 'sleep', args: ['600'] }, { command: 'cat' }]);
    await running.signal(0, 'SIGTERM');
    expect((await running.finished).statuses).toEqual([143, 0]);
  });

  it('kills all stages when the time is up, and shows what each has printed', async () => {
    const stages = [{ command: 'sh', args: ['-c', 'echo waiting >&2; sleep 600'] }, { command: 'cat' }];
    await expect(pipeline(stages, { timeoutMs: 500 })).rejects.toThrow(/did not end in 500 ms.*waiting/s);
  });

  it('is announced as one would type it', async () => {
    const announced: string[] = [];
    onCommand((commandLine) => announced.push(commandLine));
    await pipelineOk([
      { command: 'echo', args: ['/x=/y'] },
      { command: 'tr', args: ["it's", '* '] },
    ]);
    expect(announced).toEqual(["echo /x=/y | tr 'it'\\''s' '* '"]);
  });
});

describe('tree', () => {
  it('tells files, folders and links apart, and notices other contents', async () => {
    const root = join(folder, 'tree');
    mkdirSync(join(root, 'b'), { recursive: true, mode: 0o700 });
    writeFileSync(join(root, 'b', 'file'), '', { mode: 0o600 });
    writeFileSync(join(root, 'a'), 'abc', { mode: 0o640 });
    symlinkSync('../elsewhere', join(root, 'link'));
    const before = await tree(root);
    expect([...before.keys()]).toEqual(['a', 'b', 'b/file', 'link']);
    expect(before.get('a')).toMatchObject({ type: 'file', mode: '0640', size: 3 });
    expect(before.get('b')).toEqual({ type: 'directory', mode: '0700' });
    expect(before.get('link')).toMatchObject({ type: 'link', link: '../elsewhere' });

    expect(await tree(root)).toEqual(before);
    writeFileSync(join(root, 'a'), 'abd');
    expect(await tree(root)).not.toEqual(before);
  });
});

describe('a run that does not clean up after itself', () => {
  const program = fileURLToPath(new URL('../support/programs/unfinished-run.ts', import.meta.url));

  it.each([
    { how: 'exit', status: 0 },
    { how: 'throw', status: 1 },
    { how: 'SIGTERM', end: (child: ChildProcess) => child.kill('SIGTERM'), signal: 'SIGTERM' },
    { how: 'SIGINT', end: (child: ChildProcess) => child.kill('SIGINT'), signal: 'SIGINT' },
    { how: 'loss of its parent', end: (child: ChildProcess) => child.disconnect(), signal: 'SIGTERM' },
  ])('leaves nothing after $how', async ({ how, end, status = null, signal = null }) => {
    const child = fork(program, [how], { execArgv: ['--import', 'tsx'], silent: true });
    const ended = once(child, 'exit');
    const [message] = await once(child, 'message');
    end?.(child);
    expect(await ended).toEqual([status, signal]);
    const left = message as { pids: number[]; folder: string };
    await untilTrue('its processes are gone', () => !left.pids.some(isRunning));
    expect(existsSync(left.folder)).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
