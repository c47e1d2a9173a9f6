/**
 * Failures before a tool runs, and uncaught errors: one line and exit status 2. Node.js itself would print a stack and
 * exit with 1, which says that the backup is not good.
 */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { run } from '../support/run.ts';
import { tool } from '../support/tools.ts';

const TOOLS = ['bb-stream', 'bb-split', 'bb-compress', 'bb-relocate', 'bb-verify', 'bb-combine'];
const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

/** Runs a tool with a limit on open files. Node.js itself needs about twenty. */
function limited(name: string, args: string, stdin: string) {
  return run('sh', ['-c', `ulimit -n 24; exec ${tool(name, []).command} ${args}`], { stdin });
}

describe.each(TOOLS)('%s', (name) => {
  const RUNS = { 'bb-stream': '-h /nosuch', 'bb-split': '--list', 'bb-relocate': '--list' } as const;

  it.each(['--help', (RUNS as Record<string, string>)[name] ?? ''])(
    'says in one line that too few files can be open, or does "%s"',
    async (args) => {
      const { status, stderr } = await limited(name, args, 'no backup');
      expect([0, 1, 2]).toContain(status);
      expect(stderr).toMatch(new RegExp(`^(${name}: (error|detail|hint): .*\\n)*$`));
      if (stderr.includes('Too many open files')) expect(status).toBe(2);
    },
  );

  it('cannot be loaded', async () => {
    const alone = join(folder, `${name}.mjs`);
    cpSync(tool(name, []).command, alone);
    const { status, stdout, stderr } = await run('node', [alone, '--help']);
    expect([status, stdout.toString()]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^${name}: error: Cannot find module .*\\n$`));
  });
});

describe('an error that nobody catches', () => {
  const thrown = `const timer = setInterval(() => {
    if (process.listenerCount('uncaughtException') === 0) return;
    clearInterval(timer);
    throw new Error('no\\nway');
  }, 10)`;

  it.each([
    ['bb-split', '', 'bb-split: error: no\\nway\n'],
    ['bb-verify', '1', 'bb-verify: error: no\\nway\n    at '],
  ])('ends %s with 2 and one line, with BB_DEBUG=%s', async (name, BB_DEBUG, told) => {
    const env = { BB_DEBUG, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(thrown)}` };
    const args = name === 'bb-split' ? ['--list'] : [];
    const { command } = tool(name, []);
    const silent = `exec 3< <(exec sleep 60); ${command} ${args} <&3 3<&-; status=$?; kill $!; exit $status`;
    const { status, stderr } = await run('bash', ['-c', silent], { env });
    expect([status, stderr.slice(0, told.length)]).toEqual([2, told]);
  });
});
