/**
 * The kill table, part two: one process of a pipeline is killed, and the others notice. Those after it report that the
 * backup is not good and leave nothing; those before it stop silently, and so does the server.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shellText } from '../support/announce.ts';
import { pipeline, type Stage, startPipeline } from '../support/pipeline.ts';
import { freePort } from '../support/port.ts';
import { run } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import { recordedCluster } from './support/given.ts';
import { Target } from './support/targets.ts';
import { expectNoWalsender } from './support/walsenders.ts';

const CUT_SHORT =
  /^bb-split: error: stream ended before its end\nbb-split: detail: It ended after \d+ bytes, .*\n$/;
const STATUS = { SIGKILL: 137, SIGTERM: 143, SIGPIPE: 141 } as const;

const given = recordedCluster();

/** bb-stream, slow enough to be killed in the middle. */
function slowStream(): Stage {
  return tool('bb-stream', [...given.cluster.connectionOptions, '-c', 'fast', '-r', '1M']);
}

async function untilWriting(target: Target): Promise<void> {
  await untilTrue('files are being written', () => target.left().length > 1);
}

describe('a producer that dies', () => {
  const kinds = [
    ['an archive begins', 'dn', 0],
    ['contents come', 'dd', 1],
    ['the manifest begins', 'dm', 0],
    ['the copy ends', 'c', 0],
    ['the backup ends', 'C', 3],
  ] as const;
  const feed = 'head -c "$1" "$2"; kill -s "$3" $$';

  describe.each(['SIGKILL', 'SIGTERM'] as const)('by %s', (signal) => {
    it.each(kinds)('before %s', async (_name, type, index) => {
      const bytes = given.recording.places.filter((place) => place.type === type).at(index)?.start;
      const args = ['-c', feed, 'sh', String(bytes), given.recording.file, signal.slice('SIG'.length)];
      for (const format of ['tar', 'plain'] as const) {
        const target = new Target(given.folder, format);
        const { statuses, stdout, stderrs } = await pipeline([{ command: 'sh', args }, target.split()]);
        expect(statuses).toEqual([STATUS[signal], 1]);
        expect(stderrs[1]).toMatch(CUT_SHORT);
        target.expectNothing(stdout);
      }
    });
  });

  it('and is bb-stream itself, killed', async () => {
    const target = new Target(given.folder, 'plain');
    const backup = startPipeline([slowStream(), target.split()]);
    await untilWriting(target);
    await backup.signal(0, 'SIGKILL');
    const { statuses, stdout, stderrs } = await backup.finished;
    expect(statuses).toEqual([STATUS.SIGKILL, 1]);
    expect(stderrs).toEqual(['', expect.stringMatching(CUT_SHORT)]);
    target.expectNothing(stdout);
    await expectNoWalsender(given.cluster);
  });

  it('and is bb-stream itself, terminated, says so in the stream', async () => {
    const target = new Target(given.folder, 'plain');
    const backup = startPipeline([slowStream(), target.split()]);
    await untilWriting(target);
    await backup.signal(0, 'SIGTERM');
    const { statuses, stdout, stderrs } = await backup.finished;
    expect(statuses).toEqual([STATUS.SIGTERM, 1]);
    const reason = 'bb-split: error: backup was aborted upstream: interrupted by SIGTERM\n';
    expect(stderrs).toEqual(['', reason]);
    target.expectNothing(stdout);
    await expectNoWalsender(given.cluster);
  });
});

describe('a consumer that dies', () => {
  const consumers: readonly [name: string, status: number, command: string][] = [
    ['when it has enough', 0, 'head -c 1000000 >/dev/null'],
    ['at its first byte', 0, 'head -c 1 >/dev/null'],
    ['before its first byte', 3, 'exit 3'],
    ['by SIGKILL', STATUS.SIGKILL, 'head -c 1000000 >/dev/null; kill -KILL $$'],
  ];
  it.each(consumers)('%s', async (_name, status, command) => {
    const { statuses, stderrs } = await pipeline([slowStream(), { command: 'sh', args: ['-c', command] }]);
    expect(statuses).toEqual([STATUS.SIGPIPE, status]);
    expect(stderrs).toEqual(['', '']);
    await expectNoWalsender(given.cluster);
  });

  it.each(['tar', 'plain'] as const)('and is bb-split, writing to %s', async (format) => {
    const target = new Target(given.folder, format);
    const backup = startPipeline([slowStream(), target.split()]);
    await untilWriting(target);
    await backup.signal(1, 'SIGKILL');
    const { statuses, stderrs } = await backup.finished;
    expect(statuses).toEqual([STATUS.SIGPIPE, STATUS.SIGKILL]);
    expect(stderrs).toEqual(['', '']);
    target.expectPart();
    await expectNoWalsender(given.cluster);
  });

  it('and is bb-split, which finds its directory in use', async () => {
    const target = new Target(given.folder, 'plain');
    mkdirSync(target.directory);
    writeFileSync(join(target.directory, 'mine'), '');
    const { statuses, stderrs } = await pipeline([slowStream(), target.split()]);
    expect(statuses).toEqual([STATUS.SIGPIPE, 2]);
    const reason = `bb-split: error: directory "${target.directory}" exists but is not empty\n`;
    expect(stderrs).toEqual(['', reason]);
    expect(target.left()).toEqual(['backup', join('backup', 'mine')]);
    await expectNoWalsender(given.cluster);
  });

  it('and stands in the middle', async () => {
    const target = new Target(given.folder, 'tar');
    const backup = startPipeline([slowStream(), { command: 'cat' }, target.split()]);
    await untilWriting(target);
    await backup.signal(1, 'SIGKILL');
    const { statuses, stdout, stderrs } = await backup.finished;
    expect(statuses).toEqual([STATUS.SIGPIPE, STATUS.SIGKILL, 1]);
    expect(stderrs).toEqual(['', '', expect.stringMatching(CUT_SHORT)]);
    target.expectNothing(stdout);
  });
});

describe('a shell without pipefail', () => {
  const producers: readonly [name: string, producer: () => Promise<Stage> | Stage][] = [
    ['says nothing', () => ({ command: 'false' })],
    ['is not found', () => ({ command: 'no-such-program' })],
    ['writes half', () => ({ command: 'head', args: ['-c', '5000000', given.recording.file] })],
    ['has no server', async () => tool('bb-stream', ['-h', '127.0.0.1', '-p', String(await freePort())])],
    [
      'asks for what the server refuses',
      () => tool('bb-stream', [...given.cluster.connectionOptions, '-l', 'x'.repeat(2000)]),
    ],
  ];
  it.each(producers)('fails when the producer %s', async (_name, producer) => {
    for (const format of ['tar', 'plain', 'list'] as const) {
      const target = new Target(given.folder, format);
      const commands = [await producer(), target.split()].map(({ command, args = [] }) => [command, ...args]);
      const { status, stdout } = await run('bash', ['-c', shellText(commands)]);
      expect(status).toBe(1);
      target.expectNothing(stdout);
    }
  });
});
