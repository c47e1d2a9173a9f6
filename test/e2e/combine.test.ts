/**
 * bb-combine when something goes wrong in the middle, or is asked for that bb-combine shares with bb-split. Whatever
 * happens, what is left does not look complete, and the backups stay as they are.
 */

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { atExit } from '../support/cleanup.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk, startPipeline } from '../support/pipeline.ts';
import { run, signalGroup, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { tree } from '../support/tree.ts';
import { untilTrue } from '../support/wait.ts';
import { type BackupParts, BLOCK_BYTES, storeBackup } from '../unit/combine/stored-backup.ts';
import { incrementalFile } from '../unit/page/incremental-file.ts';
import { controlFile, LAYOUTS } from '../unit/postgres/control-file.ts';

const SEGMENT_BLOCKS = 16384;
const MIB = 1024 ** 2;
const KILLS = 4;
const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

const control = controlFile(LAYOUTS[18], { sizes: [BLOCK_BYTES, SEGMENT_BLOCKS, 8192, 16777216] });
const changedBlock = (truncation: number) =>
  incrementalFile({ blocks: [1], truncation, blockBytes: BLOCK_BYTES });
/** A third backup for a chain of two. */
const LAST: BackupParts = {
  number: 2,
  from: 1,
  control,
  files: { 'INCREMENTAL.16384': changedBlock(8192) },
};

/** A full backup with a relation of so many bytes, and one in which one block of that has changed. */
function makeChain(bytes = 8 * MIB): { folder: string; places: string[]; target: string } {
  const folder = temporaryFolder();
  folders.push(folder);
  const changed = changedBlock(Math.min(bytes / BLOCK_BYTES, SEGMENT_BLOCKS));
  const places = [
    storeBackup(folder, { number: 0, control, files: { 16384: Buffer.alloc(bytes, 'x') } }),
    storeBackup(folder, { number: 1, from: 0, control, files: { 'INCREMENTAL.16384': changed } }),
  ];
  return { folder, places, target: join(folder, 'combined') };
}

function combine(args: readonly string[]) {
  const { command } = tool('bb-combine', []);
  return run(command, args);
}

/** Files by which a server, or a verifier, would take a directory for a whole one. */
function signsOfCompleteness(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => ['pg_control', 'backup_manifest'].includes(basename(name)));
}

describe('bb-combine', () => {
  it('says with -v what it has done', async () => {
    const { places, target } = makeChain();
    const { status, stdout, stderr } = await combine(['-Nv', '-D', target, ...places.reverse()]);
    expect([status, stdout.toString()]).toEqual([0, '']);
    expect(stderr).toMatch(/^bb-combine: warning: the backup has no WAL, .*\nbb-combine: hint: .*\n/);
    expect(stderr).toMatch(/^bb-combine: combined 2 backups into 4 files, 8\.0 MB$/m);
    expect(readFileSync(join(target, 'base/5/16384')).length).toBe(8 * MIB);
  });

  it('writes WAL elsewhere, and settings for recovery', async () => {
    const { folder, places, target } = makeChain();
    const options = ['--recovery', '--restore-command=cp /wal/%f %p', `--waldir=${folder}/wal`];
    const { status } = await combine(['-N', '-D', target, ...options, ...places]);
    expect([status, readlinkSync(join(target, 'pg_wal'))]).toEqual([0, `${folder}/wal`]);
    expect(existsSync(join(target, 'recovery.signal'))).toBe(true);
    expect(readFileSync(join(target, 'postgresql.auto.conf'), 'utf8')).toContain('cp /wal/%f %p');
  });

  it('refuses a recovery target before the newest backup', async () => {
    const { places, target } = makeChain();
    const options = ['--recovery', '--restore-command=false', '--target-time=2026-11-22 16:00:00+00'];
    const { status, stderr } = await combine(['-N', '-D', target, ...options, ...places]);
    expect(stderr).toMatch(/^bb-combine: error: recovery target is before the start of the backup\n/);
    expect([status, existsSync(target)]).toEqual([2, false]);
  });

  it.each([
    { cut: 'the full backup', number: 0 },
    { cut: 'the incremental one', number: 1 },
  ])('leaves nothing when $cut is cut short', async ({ number }) => {
    const { places, target } = makeChain();
    truncateSync(join(places[number] ?? '', 'base.tar'), 5120);
    const { status, stderr } = await combine(['-N', '-D', target, ...places]);
    expect(stderr).toMatch(/^bb-combine: error: (backup at "\S+": )?archive "base\.tar" is cut short\n/);
    if (number === 0) expect(stderr).toContain(`backup at "${places[0]}"`);
    expect([status, existsSync(target)]).toEqual([1, false]);
  });

  it('keeps with -n what does not look complete', async () => {
    const { places, target } = makeChain();
    truncateSync(join(places[0] ?? '', 'base.tar'), 4 * MIB);
    expect((await combine(['-Nn', '-D', target, ...places])).status).toBe(1);
    expect(existsSync(join(target, 'base/5/16384'))).toBe(true);
    expect(signsOfCompleteness(target)).toEqual([]);
  });

  it.each([
    { signal: 'SIGINT', status: 130 },
    { signal: 'SIGTERM', status: 143 },
  ] as const)('leaves nothing after $signal in the middle', async ({ signal, status }) => {
    const { places, target } = makeChain(256 * MIB);
    const { command } = tool('bb-combine', []);
    const running = start(command, ['-N', '-D', target, ...places]);
    await untilTrue('the newest backup has been read', () =>
      readdirSync(existsSync(`${target}/global`) ? `${target}/global` : (places[0] ?? '')).some((name) =>
        name.startsWith('pg_control.'),
      ),
    );
    running.process.kill(signal);
    expect(await running.finished).toMatchObject({ status, stderr: '' });
    expect(existsSync(target)).toBe(false);
    signalGroup(running.process, 'SIGKILL');
  });

  it('leaves nothing that looks complete when it is killed', async () => {
    const { places, target } = makeChain(64 * MIB);
    const { command } = tool('bb-combine', []);
    const begun = Date.now();
    expect((await combine(['-N', '-D', `${target}-whole`, ...places])).status).toBe(0);
    const whole = Date.now() - begun;
    for (let kill = 1; kill <= KILLS; kill++) {
      const running = start(command, ['-N', '-D', `${target}-${kill}`, ...places]);
      const timer = setTimeout(() => running.process.kill('SIGKILL'), (whole * kill) / (KILLS + 1));
      await running.finished;
      clearTimeout(timer);
      const left = `${target}-${kill}`;
      if (!existsSync(left) || !signsOfCompleteness(left).includes('global/pg_control')) continue;
      // It was too late: all is there, though the pages are none.
      const { status, stderr } = await run(tool('bb-verify', []).command, [
        '-qn',
        '--no-page-checksums',
        left,
      ]);
      expect({ kill, status, stderr }).toEqual({ kill, status: 0, stderr: '' });
    }
  });

  it('tells of a place that is none', async () => {
    const { folder, places, target } = makeChain();
    const refused = async (place: string) => (await combine(['-D', target, ...places, place])).stderr;
    expect(await refused(`${folder}/nosuch`)).toBe(
      `bb-combine: error: could not open file "${folder}/nosuch": No such file or directory\n`,
    );
    expect(await refused(folder)).toBe(
      `bb-combine: error: directory "${folder}" is not a backup in tar format\n` +
        'bb-combine: detail: There is no "base.tar" in it.\n',
    );
    expect(await refused('/dev/null')).toMatch(/^bb-combine: error: "\/dev\/null" is neither /);
    expect(existsSync(target)).toBe(false);
  });
});

describe('bb-combine to a pipe', () => {
  const piped = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    tool('bb-combine', args, env);

  it('makes a backup that bb-verify passes on, and bb-split restores as with -D', async () => {
    const { folder, places, target } = makeChain();
    expect((await combine(['-N', '-D', target, ...places])).status).toBe(0);
    const restored = join(folder, 'restored');
    const verify = tool('bb-verify', ['--tee', '-q', '-n']);
    const split = tool('bb-split', ['-N', '-Fp', '-D', restored]);
    await pipelineOk([piped(places), verify, split]);
    const [ours, theirs] = [await tree(restored), await tree(target)];
    for (const files of [ours, theirs]) files.delete('backup_manifest');
    expect(ours).toEqual(theirs);
  });

  it('says with -v what it spools, before it does, and leaves nothing in $TMPDIR', async () => {
    const { folder, places } = makeChain();
    const [own, stored] = [join(folder, 'tmp'), join(folder, 'stored')];
    mkdirSync(own);
    const { stderrs } = await pipelineOk([
      piped(['-v', ...places], { TMPDIR: own }),
      tool('bb-split', ['-N', '-D', stored]),
    ]);
    expect(stderrs[0]).toMatch(
      /^bb-combine: spooling 1 incremental backup, stored in \d+ kB, in "\S+\/tmp"\nbb-combine: combined 2 backups, /,
    );
    expect(readdirSync(own)).toEqual([]);
    expect(statSync(join(stored, 'base.tar')).size).toBeGreaterThan(8 * MIB);
  });

  it('passes a full backup alone, and refuses an incremental one', async () => {
    const { folder, places } = makeChain();
    const [full = '', next = ''] = places;
    const split = (name: string) => tool('bb-split', ['-N', '-D', join(folder, name)]);
    await pipelineOk([piped([full]), split('copy')]);
    for (const name of ['base.tar', 'backup_manifest'])
      expect(readFileSync(join(folder, 'copy', name)).equals(readFileSync(join(full, name)))).toBe(true);
    const { statuses } = await pipeline([piped([next]), split('none')]);
    expect([statuses, existsSync(join(folder, 'none'))]).toEqual([[1, 1], false]);
  });

  it.each([
    { what: 'the full backup is cut short', cut: 0, status: 1, complaint: 'archive "base.tar" is cut short' },
    {
      what: 'the incremental one is cut short',
      cut: 1,
      status: 1,
      complaint: 'archive "base.tar" is cut short',
    },
    {
      what: 'the spool is full',
      options: ['--spool=1kB'],
      status: 2,
      complaint: 'need more than 1.0 kB of spool',
    },
    {
      what: 'there is no $TMPDIR',
      env: { TMPDIR: '/nosuch' },
      status: 2,
      complaint: 'could not create spool file',
    },
  ])('ends the stream with an abort if $what', async ({ cut, options = [], env = {}, status, complaint }) => {
    const { folder, places } = makeChain();
    if (cut !== undefined) truncateSync(join(places[cut] ?? '', 'base.tar'), 5120);
    const target = join(folder, 'restored');
    const split = tool('bb-split', ['-N', '-Fp', '-D', target]);
    const { statuses, stderrs } = await pipeline([piped([...options, ...places], env), split]);
    expect([statuses, existsSync(target)]).toEqual([[status, 1], false]);
    for (const stderr of stderrs) expect(stderr).toContain(complaint);
  });

  it.each([
    { signal: 'SIGTERM', status: 143 },
    { signal: 'SIGKILL', status: 137 },
  ] as const)('leaves nothing after $signal in the middle of the stream', async ({ signal, status }) => {
    const { folder, places } = makeChain(256 * MIB);
    const target = join(folder, 'restored');
    const split = tool('bb-split', ['-N', '-Fp', '-D', target]);
    const running = startPipeline([piped(places), split]);
    await untilTrue('files are extracted', () => existsSync(join(target, 'base/5/16384')));
    await running.signal(0, signal);
    const { statuses } = await running.finished;
    expect([statuses, existsSync(target)]).toEqual([[status, 1], false]);
  });
});

describe('bb-combine to a full disk', () => {
  const small = temporaryFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]).status === 0;
  const unmount = () => mounted && spawnSync('umount', [small]);
  // Also where no test of this file is run.
  atExit(unmount);
  afterAll(() => {
    unmount();
    removeFolder(small);
  });

  it.skipIf(!mounted)('tells of it and leaves nothing', async () => {
    const { places } = makeChain();
    mkdirSync(join(small, 'target'));
    const { status, stderr } = await combine(['-N', '-D', join(small, 'target'), ...places]);
    expect(stderr).toBe(
      `bb-combine: error: could not write to file "${small}/target/base/5/16384": No space left on device\n` +
        'bb-combine: hint: Check free disk space.\n',
    );
    expect([status, readdirSync(join(small, 'target'))]).toEqual([2, []]);
  });

  it.skipIf(!mounted)('tells of it where it spools, before anything is written', async () => {
    const { folder, places } = makeChain();
    // What fills the spool is in the newest backup as a whole.
    const large = { ...LAST, files: { ...LAST.files, 16385: Buffer.alloc(6 * MIB, 'y') } };
    const newest = storeBackup(folder, large);
    const stream = tool('bb-combine', [...places, newest], { TMPDIR: small });
    const target = join(folder, 'restored');
    const { statuses, stderrs } = await pipeline([stream, tool('bb-split', ['-N', '-Fp', '-D', target])]);
    expect(stderrs[0]).toBe(
      `bb-combine: error: could not write spool file in "${small}": No space left on device\n` +
        'bb-combine: hint: Set TMPDIR to a directory with free space.\n',
    );
    expect([statuses, existsSync(target), readdirSync(small)]).toEqual([[2, 1], false, ['target']]);
  });
});
