/** Text that a remote shell prints before the backup: every tool refuses it, and no tool stores it as a backup. */

import { describe, expect, it } from 'vitest';
import { smallBackup, spellAll } from '../support/frames.ts';
import { run } from '../support/run.ts';
import { tool } from '../support/tools.ts';

const STREAM = spellAll(smallBackup());

describe('text before a backup', () => {
  it.each([
    ['bb-compress', ['-Z', 'gzip']],
    ['bb-compress', ['-d']],
    ['bb-split', ['--list']],
    ['bb-verify', []],
    ['bb-relocate', ['--list']],
  ])('is told by %s %j, with 1 and no output', async (name, args) => {
    const { status, stdout, stderr } = await run(tool(name, []).command, args, {
      stdin: Buffer.concat([Buffer.from('\x1b[1mhello\n'), STREAM]),
    });
    expect([status, stdout.length]).toEqual([1, 0]);
    const message = String.raw`probably from the remote shell before the backup: "\x1b[1mhello\n"`;
    expect(stderr.split('\n')[0]).toBe(`${name}: error: standard input begins with text, ${message}`);
  });

  it('that no backup follows upon is compressed as any file, and refused as a backup', async () => {
    const stdin = 'no backup\n';
    const packed = await run(tool('bb-compress', []).command, ['-Z', 'gzip'], { stdin });
    expect([packed.status, packed.stderr]).toEqual([0, '']);
    const { status, stdout, stderr } = await run(tool('bb-verify', []).command, [], { stdin });
    expect([status, stdout.toString()]).toEqual([1, '']);
    expect(stderr).toBe(
      'bb-verify: error: standard input is neither a backup stream nor a tar archive\n' +
        'bb-verify: detail: It begins with "no backup\\n".\n',
    );
  });
});
