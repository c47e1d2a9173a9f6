/** Names that are not UTF-8: they are bytes for Linux, and are extracted as they are. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { SelectionStep } from '../../../lib/restore/selection/selection-step.ts';
import { header, patched } from '../tar/build.ts';
import { cluster, paths, scratch, tryExtract } from './cluster.ts';

/** "größe" in Latin-1, a directory and a file in it, and a second file that differs in one byte. */
const NAME = Buffer.from('gr\xf6\xdfe', 'latin1');
const OTHER = Buffer.from('gr\xf7\xdfe', 'latin1');
const named = (directory: Buffer, rest: string) =>
  patched(header({ path: `xxxxx${rest}`, type: rest === '/' ? '5' : '0' }), 0, directory);
const members = [named(NAME, '/'), named(NAME, '/a'), named(OTHER, ' b')];

const namesIn = (directory: string | Buffer) =>
  readdirSync(directory, { encoding: 'buffer' }).map((name) => name.toString('latin1'));

describe('a name that is not UTF-8', () => {
  it.each([false, true])('is that of the file (sync: %s)', async (sync) => {
    const folder = scratch();
    expect(await tryExtract(folder, cluster({ members }), { sync })).toHaveProperty('summary');
    const data = join(folder, 'data');
    expect(namesIn(data)).toEqual(expect.arrayContaining(['gr\xf6\xdfe', 'gr\xf7\xdfe b']));
    expect(namesIn(Buffer.concat([Buffer.from(`${data}/`), NAME]))).toEqual(['a']);
  });

  it('is removed after a failure', async () => {
    const folder = scratch();
    const frames = cluster({ members }).filter(({ type }) => type !== 'end');
    expect((await tryExtract(folder, frames)).error).toBeInstanceOf(BackupError);
    expect(paths(folder)).toEqual([]);
  });

  it('is told from others, and twice is refused', async () => {
    const twice = [...members, named(NAME, '/a')];
    const { error } = await tryExtract(scratch(), cluster({ members: twice }));
    expect(error).toHaveProperty('message', expect.stringContaining('collides'));
  });

  it.each([
    { pattern: 'gr\ufffd\ufffde', left: ['gr\xf7\xdfe b'] }, // as typed in Latin-1
    { pattern: 'gr??e*', left: [] },
    { pattern: 'g*/a', left: ['gr\xf6\xdfe', 'gr\xf7\xdfe b'] },
  ])('is left out by --exclude=$pattern', async ({ pattern, left }) => {
    const folder = scratch();
    const steps = [new SelectionStep({ only: [], exclude: [pattern] })];
    expect(await tryExtract(folder, cluster({ members }), { steps })).toHaveProperty('summary');
    expect(
      namesIn(join(folder, 'data'))
        .filter((name) => name.startsWith('gr'))
        .sort(),
    ).toEqual(left);
    expect(readFileSync(join(folder, 'data/PG_VERSION'), 'utf8')).toBe('15\n');
  });
});
