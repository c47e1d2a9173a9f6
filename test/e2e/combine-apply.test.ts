/** bb-combine --apply as a process: killed where it happens to be, interrupted, and asked for what makes no sense. */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { atExit } from '../support/cleanup.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { run, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import { contentsOf } from '../unit/combine/apply/directories.ts';
import { BLOCK_BYTES, storeBackup } from '../unit/combine/stored-backup.ts';
import { incrementalFile } from '../unit/page/incremental-file.ts';
import { controlFile, LAYOUTS } from '../unit/postgres/control-file.ts';

const SEGMENT_BLOCKS = 16384;
const BLOCKS = 8192;
const FILES = 6;
const KILLS = 6;
const MIB = 1024 ** 2;

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));
const { command } = tool('bb-combine', []);
const combine = (...args: readonly string[]) => run(command, args);

/** A full backup, and one in which a half of each file has changed, and a file is new. */
function makeChain(): string[] {
  const control = controlFile(LAYOUTS[18], { sizes: [BLOCK_BYTES, SEGMENT_BLOCKS, 8192, 16777216] });
  const blocks = Array.from({ length: BLOCKS / 2 }, (_, block) => 2 * block);
  const changed = incrementalFile({ blocks, truncation: BLOCKS, blockBytes: BLOCK_BYTES, fill: () => 2 });
  const names = Array.from({ length: FILES }, (_, file) => `${16384 + file}`);
  const whole = Buffer.alloc(BLOCKS * BLOCK_BYTES, 1);
  const files = (prefix: string, contents: Buffer) =>
    Object.fromEntries(names.map((name) => [prefix + name, contents]));
  return [
    storeBackup(folder, { number: 0, control, files: { ...files('', whole), gone: whole } }),
    storeBackup(folder, {
      number: 1,
      from: 0,
      control,
      files: { ...files('INCREMENTAL.', changed), new: whole },
    }),
  ];
}

describe('bb-combine --apply', () => {
  const [full = '', next = ''] = makeChain();
  const directory = join(folder, 'restored');
  const combined = join(folder, 'combined');
  const apply = ['--apply', '-N', '-D', directory, next];

  async function restore(): Promise<void> {
    const kept = join(folder, 'kept');
    if (!existsSync(kept)) await combine('-N', '-D', kept, full);
    rmSync(directory, { recursive: true, force: true });
    cpSync(kept, directory, { recursive: true });
  }

  it('finishes after it was killed, wherever that was', async () => {
    await combine('-N', '-D', combined, full, next);
    const expected = contentsOf(combined);
    await restore();
    const begun = Date.now();
    expect(await combine(...apply)).toMatchObject({ status: 0, stderr: '' });
    const whole = Date.now() - begun;
    expect(contentsOf(directory)).toEqual(expected);
    for (let kill = 1; kill <= KILLS; kill++) {
      await restore();
      const running = start(command, apply);
      const timer = setTimeout(() => running.process.kill('SIGKILL'), (whole * kill) / KILLS);
      await running.finished;
      clearTimeout(timer);
      expect(await combine(...apply), `kill ${kill}`).toMatchObject({ status: 0, stderr: '' });
      expect(contentsOf(directory), `kill ${kill}`).toEqual(expected);
    }
  });

  it('says what it leaves when it is interrupted', async () => {
    await restore();
    const running = start(command, apply);
    await untilTrue('files are being changed', () =>
      readdirSync(join(directory, 'global')).includes('pg_control.bb-combine'),
    );
    running.process.kill('SIGTERM');
    const { status, stderr } = await running.finished;
    expect(stderr).toBe(
      `bb-combine: warning: no server can be started in directory "${directory}" until the backup has been ` +
        'applied to the end\n' +
        'bb-combine: hint: Run the same command again, with the same backup or a good copy of it.\n',
    );
    expect([status, existsSync(join(directory, 'global/pg_control'))]).toEqual([143, false]);
    expect(await combine(...apply)).toMatchObject({ status: 0, stderr: '' });
  });

  it('says with -v what it has done, and that there is nothing left to do', async () => {
    await restore();
    expect((await combine(...apply, '-v')).stderr).toMatch(
      /^bb-combine: applied the backup at "\S+" to directory "\S+": 10 files, \d+ MB$/m,
    );
    const { status, stderr } = await combine(...apply, '-v');
    expect([status, stderr]).toEqual([
      0,
      `bb-combine: directory "${directory}" already has the backup at "${next}"\n`,
    ]);
  });

  it('exits with 1 if the backup does not fit', async () => {
    const { status, stderr } = await combine('--apply', '-D', directory, full);
    expect(stderr).toMatch(/^bb-combine: error: backup at "\S+" is a full backup\nbb-combine: detail: /);
    expect(status).toBe(1);
  });

  it.each([
    [['--apply', next], 'no target directory specified'],
    [['--apply', '-D', directory], 'no backup specified'],
    [['--apply', '-D', directory, full, next], 'only one backup can be applied at a time'],
    [['--apply', '--waldir=/wal', '-D', directory, next], '--apply and --waldir are incompatible options'],
    [['--apply', '-R', '-D', directory, next], '--apply and --write-recovery-conf are incompatible options'],
    [['--apply', '-n', '-D', directory, next], '--apply and --no-clean are incompatible options'],
    [['--verify', '-D', directory, next], '--verify needs --apply'],
  ])('refuses %j', async (args, complaint) => {
    const { status, stderr } = await combine(...args);
    expect([status, stderr.split('\n')[0]]).toEqual([2, `bb-combine: error: ${complaint}`]);
  });
});

describe('bb-combine --apply on a full disk', () => {
  const small = temporaryFolder();
  const mount = (...options: string[]) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', small]).status === 0;
  const mounted = mount('size=20m');
  const unmount = () => mounted && spawnSync('umount', [small]);
  // Also where no test of this file is run.
  atExit(unmount);
  afterAll(() => {
    unmount();
    removeFolder(small);
  });

  it.skipIf(!mounted)('tells of it, and finishes when there is room', async () => {
    const place = temporaryFolder();
    const [old, large] = [Buffer.alloc(12 * MIB, 1), Buffer.alloc(16 * MIB, 2)];
    const full = storeBackup(place, { number: 0, files: { 1: old } });
    const next = storeBackup(place, { number: 1, from: 0, files: { 1: old, 2: large } });
    const directory = join(small, 'restored');
    await combine('-N', '-D', directory, full);
    const { status, stderr } = await combine('--apply', '-N', '-D', directory, next);
    expect(stderr).toMatch(/^bb-combine: warning: no server can be started in directory /);
    expect(stderr).toMatch(/^bb-combine: error: could not write to file "\S+": No space left on device$/m);
    expect([status, existsSync(join(directory, 'global/pg_control'))]).toEqual([2, false]);
    expect(mount('remount', 'size=80m')).toBe(true);
    expect(await combine('--apply', '-N', '-D', directory, next)).toMatchObject({ status: 0, stderr: '' });
    await combine('-N', '-D', join(place, 'combined'), full, next);
    expect(contentsOf(directory)).toEqual(contentsOf(join(place, 'combined')));
    removeFolder(place);
  });
});
