/**
 * The cut table: a good backup stream is cut before, in and after each kind of message. bb-split says where it was cut,
 * exits with 1, and leaves nothing; with -n, what it leaves does not look complete.
 */

import { describe, expect, it } from 'vitest';
import { type PipelineResult, pipeline } from '../support/pipeline.ts';
import { recordedCluster } from './support/given.ts';
import type { Place } from './support/recording.ts';
import { FORMATS, Target } from './support/targets.ts';

let location: string;
const given = recordedCluster(async (cluster) => {
  location = await cluster.createTablespace('fast');
  await cluster.query('CREATE TABLE t TABLESPACE fast AS SELECT generate_series(1, 10000)');
});

/** A message: its type, which one of that type it is (from the end if negative), and what is expected there. */
type Kind = readonly [name: string, type: string, index: number, awaited: string];

const IN_COPY = 'the manifest or the end of the copy';
const KINDS: readonly Kind[] = [
  ['the first parameter', 'S', 0, 'the start position'],
  ['the last parameter', 'S', -1, 'the start position'],
  ['the columns of the start position', 'T', 0, 'the start position'],
  ['the start position', 'D', 0, 'the start position'],
  ['the columns of the tablespace list', 'T', 1, 'the tablespace list'],
  ['a tablespace', 'D', 1, 'the tablespace list'],
  ['the data directory in the list', 'D', 2, 'the tablespace list'],
  ['the end of the tablespace list', 'C', 1, 'the tablespace list'],
  ['the beginning of the copy', 'H', 0, 'an archive'],
  ['the first archive', 'dn', 0, 'an archive'],
  ['its first contents', 'dd', 0, 'an archive'],
  ['the last archive', 'dn', -1, 'an archive'],
  ['the manifest', 'dm', 0, 'an archive'],
  ['the contents of the manifest', 'dd', -1, IN_COPY],
  ['the end of the copy', 'c', 0, IN_COPY],
  ['the columns of the end position', 'T', 2, 'the end position'],
  ['the end position', 'D', 3, 'the end position'],
  ['the end of the end position', 'C', 2, 'the end position'],
  ['the end of the backup', 'C', 3, 'the end of the backup'],
];

function find(type: string, index: number): Place {
  const place = given.recording.places.filter((one) => one.type === type).at(index);
  if (place === undefined) throw new Error(`no message ${index} of type "${type}" in the recording`);
  return place;
}

/** The message of bb-split for a stream that ends after this number of bytes. */
function complaint(bytes: number, where: string): string {
  const detail = bytes === 0 ? 'Nothing was received.' : `It ended after ${bytes} bytes, ${where}.`;
  return `bb-split: error: stream ended before its end\nbb-split: detail: ${detail}\n`;
}

function splitFirst(bytes: number, target: Target, options: string[] = []): Promise<PipelineResult> {
  const head = { command: 'head', args: ['-c', String(bytes), given.recording.file] };
  return pipeline([head, target.split(options)]);
}

describe.each(FORMATS)('a stream that is cut, to %s', (format) => {
  it.each(KINDS)('before and in %s', async (_name, type, index, awaited) => {
    const { start, end } = find(type, index);
    const middle = Math.floor((start + end) / 2);
    const inMessage = 'in the middle of a message';
    const cuts = [
      { bytes: start, where: `while ${awaited} was expected` },
      ...[start + 1, middle].map((bytes) => ({ bytes, where: inMessage })),
    ];
    const check = async ({ bytes, where }: { bytes: number; where: string }) => {
      const target = new Target(given.folder, format, location);
      const { statuses, stdout, stderrs } = await splitFirst(bytes, target);
      expect([statuses[1], stderrs[1]]).toEqual([1, complaint(bytes, where)]);
      target.expectNothing(stdout);
    };
    await Promise.all(cuts.map(check));
  });

  it('not at all', async () => {
    const target = new Target(given.folder, format, location);
    const { statuses, stdout, stderrs } = await splitFirst(given.recording.bytes.length, target);
    expect([statuses, stderrs]).toEqual([
      [0, 0],
      ['', ''],
    ]);
    expect(() => target.expectNothing(stdout)).toThrow();
  });
});

describe.each(['tar', 'plain'] as const)('what -n leaves of a stream that is cut, to %s', (format) => {
  it.each(KINDS.slice(KINDS.findIndex(([, type]) => type === 'dd')))(
    'before %s',
    async (_name, type, index) => {
      const target = new Target(given.folder, format, location);
      const { statuses } = await splitFirst(find(type, index).start, target, ['-n']);
      expect(statuses[1]).toBe(1);
      target.expectPart();
    },
  );
});

describe.each(FORMATS)('a stream that goes on behind its end, to %s', (format) => {
  it('is not good', async () => {
    const target = new Target(given.folder, format, location);
    const command = 'cat "$0"; sleep 0.3; echo more'; // for the tool to have read the end before
    const feeder = { command: 'sh', args: ['-c', command, given.recording.file] };
    const { statuses, stdout, stderrs } = await pipeline([feeder, target.split()]);
    const place = `The message of type "m" begins at byte ${given.recording.bytes.length}.`;
    expect(statuses[1]).toBe(1);
    expect(stderrs[1]).toBe(
      `bb-split: error: malformed backup stream: data after the end of the backup\nbb-split: detail: ${place}\n`,
    );
    target.expectNothing(stdout);
  });
});
