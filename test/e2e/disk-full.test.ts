/**
 * Full disks: a small tmpfs if this process may mount one, /dev/full, and a limit on the size of files. The tool names
 * the file and the reason, exits with 2, and leaves nothing.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shellText } from '../support/announce.ts';
import { atExit } from '../support/cleanup.ts';
import { removeFolder } from '../support/folder.ts';
import { pipeline } from '../support/pipeline.ts';
import { run } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { recordedCluster } from './support/given.ts';
import { Target } from './support/targets.ts';
import { expectNoWalsender } from './support/walsenders.ts';

const given = recordedCluster();
const small = join(given.folder, 'small');
const mounted = mount();

afterAll(unmount);

/** Mounts a file system of 4 MB, which only root may do. */
function mount(): boolean {
  mkdirSync(small);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
  if (status === 0) atExit(unmount);
  else process.stderr.write('cannot mount a tmpfs here, so tests of a full disk are skipped\n');
  return status === 0;
}

function unmount(): void {
  if (mounted) spawnSync('umount', [small]);
}

const FULL = 'No space left on device';
const HINT = 'bb-split: hint: Check free disk space.\n';

describe.skipIf(!mounted).each(['tar', 'plain'] as const)('a full disk, to %s', (format) => {
  it('is told, with the file, and left empty', async () => {
    const target = new Target(small, format);
    const { statuses, stdout, stderrs } = await pipeline([
      tool('bb-stream', [...given.cluster.connectionOptions, '-c', 'fast']),
      target.split(),
    ]);
    expect(statuses).toEqual([141, 2]);
    expect(stderrs[0]).toBe('');
    const [line = '', hint] = (stderrs[1] ?? '').split(/(?<=\n)/);
    expect(line).toContain(`bb-split: error: could not write to file "${target.directory}/`);
    expect(line.endsWith(`": ${FULL}\n`)).toBe(true);
    expect(hint).toBe(HINT);
    target.expectNothing(stdout);
    await expectNoWalsender(given.cluster);
  });

  it('keeps with -n what does not look complete', async () => {
    const target = new Target(small, format);
    const { statuses } = await pipeline([
      { command: 'cat', args: [given.recording.file] },
      target.split(['-n']),
    ]);
    expect(statuses[1]).toBe(2);
    target.expectPart();
    removeFolder(target.folder);
  });
});

describe.skipIf(!mounted)('no more inodes', () => {
  it('is told with the file that could not be made', async () => {
    const options = 'remount,nr_inodes=100';
    spawnSync('mount', ['-o', options, small]);
    const target = new Target(small, 'plain');
    const { statuses, stdout, stderrs } = await pipeline([
      { command: 'cat', args: [given.recording.file] },
      target.split(),
    ]);
    expect(statuses[1]).toBe(2);
    const [line = ''] = (stderrs[1] ?? '').split(/(?<=\n)/);
    expect(line).toMatch(
      /^bb-split: error: could not create (file|directory) ".*": No space left on device\n$/,
    );
    target.expectNothing(stdout);
  });
});

describe.each(['tar', 'plain'] as const)('a limit on the size of files, to %s', (format) => {
  it('is told, with the file', async () => {
    const target = new Target(given.folder, format);
    const { command, args = [] } = target.split();
    const script = `ulimit -f 400; exec ${shellText([[command, ...args]])} <"$0"`;
    const { status, stdout, stderr } = await run('bash', ['-c', script, given.recording.file]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^bb-split: error: could not write to file ".*": File too large\n$/);
    target.expectNothing(stdout);
  });
});

describe.skipIf(!existsSync('/dev/full'))('standard output that is full', () => {
  const complaint = (name: string) => `${name}: error: could not write to standard output: ${FULL}\n`;

  it('ends bb-stream', async () => {
    const stream = tool('bb-stream', [...given.cluster.connectionOptions, '-c', 'fast']);
    const { statuses, stderrs } = await pipeline([stream], { stdoutFile: '/dev/full' });
    expect([statuses, stderrs]).toEqual([[2], [complaint('bb-stream')]]);
    await expectNoWalsender(given.cluster);
  });

  it.each(['--list', '--help', '--version'])('ends bb-split %s', async (option) => {
    const stages = [{ command: 'cat', args: [given.recording.file] }, tool('bb-split', [option])];
    const { statuses, stderrs } = await pipeline(stages, { stdoutFile: '/dev/full' });
    expect([statuses[1], stderrs[1]]).toEqual([2, complaint('bb-split')]);
  });
});
