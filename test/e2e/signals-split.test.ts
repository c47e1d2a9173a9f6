/**
 * Signals to bb-split: while its input is idle, in the middle, and in its last steps. It stops within a second, removes
 * what it has written, and dies by the signal. After a signal that comes too late, the backup is complete.
 */

import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Running, signalGroup, start } from '../support/run.ts';
import { untilTrue } from '../support/wait.ts';
import { recordedCluster } from './support/given.ts';
import { untilIdle, untilRead } from './support/proc.ts';
import { STOPPING, stop } from './support/signalling.ts';
import { FORMATS, Target } from './support/targets.ts';

let location: string;
const given = recordedCluster(async (cluster) => {
  location = await cluster.createTablespace('fast');
  await cluster.query('CREATE TABLE t TABLESPACE fast AS SELECT generate_series(1, 100000)');
});
let split: Running | undefined;

/** Ends the feeder too, which is asleep. */
afterEach(() => {
  if (split !== undefined) signalGroup(split.process, 'SIGKILL');
});

/** Starts bb-split after a feeder that writes this number of bytes of the stream and then runs a command. */
function startSplit(target: Target, bytes: number, andThen: string, options: string[] = []): Running {
  const { command, args = [] } = target.split(options);
  const script = `exec "$@" < <(exec 2>/dev/null; head -c ${bytes} "$0"; ${andThen})`;
  split = start('bash', ['-c', script, given.recording.file, command, ...args]);
  return split;
}

function before(type: string): number {
  const place = given.recording.places.find((one) => one.type === type);
  if (place === undefined) throw new Error(`no message of type "${type}" in the recording`);
  return place.start;
}

/** The time from the last byte to the signal. The last steps take about 50 ms. */
const DELAYS_MS = [0, 1, 4, 12, 30, 60];

const [INT, TERM, HUP] = STOPPING;
const POINTS: readonly (readonly [string, (typeof STOPPING)[number], () => number])[] = [
  ['before anything has come', INT, () => 0],
  ['before the first archive', TERM, () => before('dn')],
  ['in the middle', HUP, () => given.recording.bytes.length >> 1],
  ['before the manifest', INT, () => before('dm')],
  ['before the end', TERM, () => given.recording.bytes.length - 1],
];

describe.each(FORMATS)('to %s, when the input has gone to sleep', (format) => {
  it.each(POINTS)('%s: %s', async (_name, [signal, status], bytes) => {
    const target = new Target(given.folder, format, location);
    const running = startSplit(target, bytes(), 'exec sleep 600');
    await untilIdle(running);
    const end = await stop(running, signal);
    expect(end).toMatchObject({ status, stderr: '' });
    target.expectNothing(end.stdout);
  });

  it('SIGUSR1', async () => {
    const running = startSplit(new Target(given.folder, format, location), 5_000_000, 'exec sleep 600');
    await untilIdle(running);
    running.process.kill('SIGUSR1');
    await untilIdle(running);
    const { stderr } = await stop(running, 'SIGTERM');
    expect(stderr).toMatch(/^bb-split: 4\.\d MB of \d+ MB \(\d+%\), .*\/s, \d:\d\d left, base\.tar\n$/);
  });
});

describe.each(['tar', 'plain'] as const)('to %s', (format) => {
  it('keeps a directory that was there', async () => {
    const target = new Target(given.folder, format, location);
    mkdirSync(target.directory);
    const running = startSplit(target, given.recording.bytes.length >> 1, 'exec sleep 600');
    await untilTrue('files are being written', () => target.left().length > 1);
    expect((await stop(running, 'SIGTERM')).status).toBe(143);
    expect(target.left()).toEqual(['backup']);
  });

  it('keeps with -n what does not look complete', async () => {
    const target = new Target(given.folder, format, location);
    const running = startSplit(target, given.recording.bytes.length - 1, 'exec sleep 600', ['-n']);
    await untilIdle(running);
    expect((await stop(running, 'SIGTERM')).status).toBe(143);
    target.expectPart();
  });

  it('leaves all or nothing, whenever the signal comes', async () => {
    const whole = new Target(given.folder, format, location);
    await startOnFile(whole).finished;
    const all = whole.left().sort();
    expect(all.filter((path) => path.endsWith('.partial'))).toEqual([]);
    const statuses = new Set<number>();
    for (const delayMs of DELAYS_MS) {
      const target = new Target(given.folder, format, location);
      const running = startOnFile(target);
      await untilRead(running, given.recording.bytes.length);
      await setTimeout(delayMs);
      const { status, stderr } = await stop(running, 'SIGTERM');
      statuses.add(status);
      expect(stderr).toBe('');
      expect([0, 143]).toContain(status);
      // A signal may also come when everything is done, just before the process ends.
      expect(status === 0 ? [all] : [[], all]).toContainEqual(target.left().sort());
    }
    expect(statuses).toContain(143);
  });
});

function startOnFile(target: Target): Running {
  const { command, args = [] } = target.split();
  split = start('sh', ['-c', 'exec "$@" <"$0"', given.recording.file, command, ...args]);
  return split;
}
