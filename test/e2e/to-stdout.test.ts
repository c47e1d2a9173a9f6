/** --to-stdout: a part of a backup is written as it comes, and the exit status tells whether the backup was good. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipeline } from '../support/pipeline.ts';
import { run } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { recordedCluster } from './support/given.ts';
import { Target } from './support/targets.ts';
import { typed } from './support/typed.ts';

const given = recordedCluster(async () => {}, 'stream');

/** Takes a part from the first bytes of the recording. */
async function take(name: string, bytes = given.recording.bytes.length) {
  const head = { command: 'head', args: ['-c', String(bytes), given.recording.file] };
  const { statuses, stdout, stderrs } = await pipeline([head, tool('bb-split', ['--to-stdout', name])]);
  return { status: statuses[1], stdout, stderr: stderrs[1] };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('--to-stdout', () => {
  it.each(['base.tar', 'pg_wal.tar', 'backup_manifest'])('writes %s as -D does', async (name) => {
    const target = new Target(given.folder, 'tar');
    await run('bash', ['-c', `${typed(target.split(['-N']))} <${given.recording.file}`]);
    const { status, stdout, stderr } = await take(name);
    expect([status, stderr]).toEqual([0, '']);
    expect(sha256(stdout)).toBe(sha256(readFileSync(join(target.directory, name))));
  });

  it.each(['global/pg_control', 'global/1262', 'PG_VERSION', 'backup_label'])(
    'writes %s as -Fp does',
    async (name) => {
      const target = new Target(given.folder, 'plain');
      await run('bash', ['-c', `${typed(target.split(['-N']))} <${given.recording.file}`]);
      const original = readFileSync(join(target.directory, name));
      const { status, stdout, stderr } = await take(name);
      expect([status, stderr]).toEqual([0, '']);
      expect(sha256(stdout)).toBe(sha256(original));
    },
  );

  it('fails if there is no such thing', async () => {
    expect(await take('nosuch')).toEqual({
      status: 1,
      stdout: Buffer.alloc(0),
      // The position of WAL in the stream varies.
      stderr: expect.stringMatching(
        /^bb-split: error: there is no archive or file "nosuch" in the backup\nbb-split: detail: Its archives are: (pg_wal.tar, base.tar|base.tar, pg_wal.tar).\n$/,
      ),
    });
  });

  it('fails if the backup is cut behind it, when it has gone out', async () => {
    const { status, stdout, stderr } = await take('backup_label', given.recording.bytes.length - 1);
    expect(status).toBe(1);
    expect(stdout.toString()).toMatch(/^START WAL LOCATION: /);
    expect(stderr).toMatch(/^bb-split: error: stream ended before its end\n/);
  });

  it('ends in silence if nobody reads it', async () => {
    const stages = [
      tool('bb-split', ['--to-stdout=base.tar']),
      { command: 'sh', args: ['-c', 'exec <&-; sleep 1'] },
    ];
    const { statuses, stderrs } = await pipeline([
      { command: 'cat', args: [given.recording.file] },
      ...stages,
    ]);
    expect([statuses[1], stderrs[1]]).toEqual([141, '']);
  });
});
