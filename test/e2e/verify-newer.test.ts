/**
 * What a newer PostgreSQL wrote leads to exit status 2, and is never a finding. Other findings lead to exit status 1.
 */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { encodeAll } from '../support/frames.ts';
import { pipeline } from '../support/pipeline.ts';
import { type Finished, run } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { controlFile, LAYOUTS } from '../unit/postgres/control-file.ts';
import { edit, makeModel, manifestOf, modelFrames, writePlain, writeTars } from '../unit/verify/model.ts';

const folder = temporaryFolder();
const place = join(folder, 'backup');
const stream = join(folder, 'stream.bb');
const newer = makeModel();
edit(newer.base, 'global/pg_control', () => controlFile(LAYOUTS.later));
newer.manifest = manifestOf(newer);
const MESSAGE =
  'bb-verify: error: "global/pg_control" was written by a newer PostgreSQL than this bb knows: control file version 2001, the newest known is 1905\n';

function verify(...args: string[]): Promise<Finished> {
  const { command, args: all } = tool('bb-verify', args);
  return run(command, all);
}

afterAll(() => removeFolder(folder));
beforeEach(() => rmSync(place, { recursive: true, force: true }));

describe('bb-verify on a backup of a newer version', () => {
  it.each([
    { name: 'a data directory', write: writePlain },
    { name: 'a directory of tars', write: writeTars },
  ])('in $name ends with 2 and says so in one line', async ({ write }) => {
    write(newer, place);
    const { status, stdout, stderr } = await verify(place);
    expect(stderr).toBe(MESSAGE);
    expect(status).toBe(2);
    expect(stdout.toString()).not.toContain('successfully verified');
    expect(stdout.toString()).toMatch(/^checked: 9 files by checksum/m);
    expect(stdout.toString()).toContain(
      'not checked: global/pg_control (written by a newer PostgreSQL than this bb knows)\n',
    );
  });

  it('ends with 1 if something is wrong besides', async () => {
    writePlain(newer, place);
    writeFileSync(join(place, 'pg_hba.conf'), '# nothink\n');
    const { status, stderr } = await verify(place);
    expect(stderr).toContain('checksum mismatch for file "pg_hba.conf"');
    expect(stderr).toContain(
      'detail: Not all was checked: "global/pg_control" was written by a newer PostgreSQL',
    );
    expect(status).toBe(1);
  });

  it('says so in JSON', async () => {
    writePlain(newer, place);
    const { status, stdout } = await verify('--format=json', place);
    expect(status).toBe(2);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      verified: false,
      findings: [],
      newer_versions: [MESSAGE.slice('bb-verify: error: '.length, -1)],
    });
  });

  it('in a stream ends with 2, and lets nothing through that looks whole', async () => {
    writeFileSync(stream, encodeAll(modelFrames(newer)));
    const { statuses, stderrs } = await pipeline([
      { command: 'cat', args: [stream] },
      tool('bb-verify', ['--tee', '-q']),
      tool('bb-split', ['-D', place]),
    ]);
    expect(statuses).toEqual([0, 2, 1]);
    expect(stderrs[1]).toBe(MESSAGE);
  });
});
