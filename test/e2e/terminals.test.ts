/**
 * Terminals: no backup is written to a terminal or read from one. Progress is a bar on a terminal, and lines or JSON
 * objects elsewhere.
 */

import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { giveToServer, serverAccount } from '../support/account.ts';
import { pipelineOk, type Stage } from '../support/pipeline.ts';
import { freePort } from '../support/port.ts';
import { run } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { recordedCluster } from './support/given.ts';
import { Target } from './support/targets.ts';
import { typed } from './support/typed.ts';

const given = recordedCluster();

function stream(...options: string[]): Stage {
  return tool('bb-stream', [...given.cluster.connectionOptions, '-c', 'fast', ...options]);
}

const hasScript = spawnSync('script', ['--version']).status === 0;
if (!hasScript) process.stderr.write('no script(1) here, so tests of terminals are skipped\n');

/** Runs a command line on a new terminal. Returns what was shown there. */
async function onTerminal(command: string, env = {}): Promise<{ status: number; shown: string }> {
  const { status, stdout } = await run('script', ['-qec', command, '/dev/null'], { env });
  return { status, shown: stdout.toString().replaceAll('\r\n', '\n') };
}

describe.skipIf(!hasScript)('a terminal', () => {
  it('is sent no backup', async () => {
    expect(await onTerminal(typed(stream()))).toEqual({
      status: 2,
      shown:
        'bb-stream: error: refusing to write a backup to a terminal\n' +
        'bb-stream: hint: Standard output must be a pipe or a file.\n',
    });
  });

  it.each(['tar', 'plain', 'list'] as const)('is not read from, to %s', async (format) => {
    const target = new Target(given.folder, format);
    expect(await onTerminal(typed(target.split()))).toEqual({
      status: 2,
      shown:
        'bb-split: error: refusing to read a backup from a terminal\n' +
        'bb-split: hint: Standard input must be a pipe or a file.\n',
    });
    expect(target.left()).toEqual([]);
  });

  it.each(['-z', '-d'])('is neither read from nor written to by bb-compress %s', async (option) => {
    const compress = typed(tool('bb-compress', [option]));
    for (const [redirection, act, name] of [
      ['>/dev/null', 'read a backup from', 'input'],
      [`<${given.recording.file}`, 'write a backup to', 'output'],
    ])
      expect(await onTerminal(`${compress} ${redirection}`)).toEqual({
        status: 2,
        shown:
          `bb-compress: error: refusing to ${act} a terminal\n` +
          `bb-compress: hint: Standard ${name} must be a pipe or a file.\n`,
      });
  });

  it('may be shown a list', async () => {
    const { status, shown } = await onTerminal(
      `${typed(tool('bb-split', ['--list']))} <${given.recording.file}`,
    );
    expect(status).toBe(0);
    expect(shown).toMatch(/\nend of backup at .*\n$/);
  });

  it('is neither read from nor written to by bb-relocate', async () => {
    const relocate = (...options: string[]) => onTerminal(typed(tool('bb-relocate', options)));
    expect(await relocate('-T', '/a=/b')).toMatchObject({
      status: 2,
      shown: expect.stringContaining('error: refusing to write a backup to a terminal\n'),
    });
    expect(await relocate('--list')).toMatchObject({
      status: 2,
      shown: expect.stringContaining('error: refusing to read a backup from a terminal\n'),
    });
  });

  it('is drawn a bar on', async () => {
    const target = new Target(given.folder, 'tar');
    const { status, shown } = await onTerminal(`${typed(target.split(['-P']))} <${given.recording.file}`);
    expect(status).toBe(0);
    const last = /\rbb-split: \[=+\] \S+ MB of \S+ MB \(100%\), .*\/s, 0:00 left\x1b\[K\nbb-split: wrote /;
    expect(shown).toMatch(last);
  });

  it('is sent no part of a backup, and may be used beside one', async () => {
    const part = `${typed(tool('bb-split', ['--to-stdout=PG_VERSION']))} <${given.recording.file}`;
    expect(await onTerminal(part)).toEqual({
      status: 2,
      shown:
        'bb-split: error: refusing to write a backup to a terminal\n' +
        'bb-split: hint: Standard output must be a pipe or a file.\n',
    });
    const { status, shown } = await onTerminal(`${part} | cat`);
    expect([status, shown]).toEqual([0, expect.stringMatching(/^\d+\n$/)]);
  });

  it('is told at the end what was written, and what can be done with archives', async () => {
    const target = new Target(given.folder, 'tar');
    const { status, shown } = await onTerminal(`${typed(target.split())} <${given.recording.file}`);
    expect(status).toBe(0);
    expect(shown).toMatch(
      /^bb-split: wrote 1 archive, \S+ MB\n\nYou can now verify the backup using:\n\n {4}/,
    );
    const [command = '', restore] = commandsIn(shown);
    expect(command).toBe(`bb-verify ${target.directory}`);
    expect(restore).toBe(`bb-split -Fp -D NEWDIR ${target.directory}`);
    const { args = [] } = tool('bb-verify', command.split(' ').slice(1));
    expect(await run(tool('bb-verify', []).command, args)).toMatchObject({ status: 0, stderr: '' });
  });

  it('is told at the end what was written, and how to start a server from a data directory', async () => {
    const { cluster } = given;
    const target = new Target(given.folder, 'plain');
    const account = serverAccount();
    const options = account === undefined ? [] : [`--owner=${account.uid}:${account.gid}`];
    giveToServer(target.folder);
    chmodSync(given.folder, 0o755);
    const path = `${process.env.PATH}:${cluster.server.programs}`;
    const restore = `${typed(target.split(options))} <${given.recording.file}`;
    const { status, shown } = await onTerminal(restore, { PATH: path });
    expect(status).toBe(0);
    expect(shown).toMatch(
      /^bb-split: wrote \d+ files, \S+ MB\n\nYou can now verify the backup, and then start a server of /,
    );
    const [verify, start = ''] = commandsIn(shown);
    expect(verify).toBe(`bb-verify ${target.directory}`);
    expect(start).toContain(`pg_ctl -D ${target.directory} -l ${target.directory}/startup.log start`);
    // The options that Cluster.start() gives a server on its command line.
    const settings = `listen_addresses = ''\nunix_socket_directories = '${target.folder}'\nport = ${await freePort()}\n`;
    appendFileSync(join(target.directory, 'postgresql.conf'), settings);
    const said = await run('sh', ['-c', `${start} 2>&1`], { env: { PATH: path } });
    const log = readFileSync(join(target.directory, 'startup.log'), 'utf8');
    expect(said.stdout.toString(), log).toContain('server started');
    const stopped = await run('sh', ['-c', start.replace(/ start$/, ' stop')], { env: { PATH: path } });
    expect(stopped.status).toBe(0);
  });
});

/** The commands in the advice. */
function commandsIn(shown: string): string[] {
  return Array.from(shown.matchAll(/^ {4}(.+)$/gm), ([, command = '']) => command);
}

describe('the end without a terminal', () => {
  it('is silent', async () => {
    for (const format of ['tar', 'plain'] as const) {
      const { stderrs } = await pipelineOk([stream(), new Target(given.folder, format).split()]);
      expect(stderrs).toEqual(['', '']);
    }
  });
});

describe('progress without a terminal', () => {
  const LINE = /^bb-(stream|split): \S+ MB of \S+ MB \(\d+%\), .*\/s, .* left, pg_wal.tar\n$/;

  it('is a line at the end', async () => {
    const target = new Target(given.folder, 'plain');
    const { stderrs } = await pipelineOk([stream('-P'), target.split(['-P'])]);
    for (const stderr of stderrs) expect(stderr).toMatch(LINE);
  });

  it('is an object a line with --progress=json', async () => {
    const target = new Target(given.folder, 'plain');
    const option = '--progress=json';
    const { stderrs } = await pipelineOk([stream(option, '-r', '2M'), target.split([option])]);
    for (const stderr of stderrs) {
      const objects = stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const { bytes, total, seconds, archive } = objects.at(-1);
      expect(bytes).toBeGreaterThan(5_000_000);
      expect(total).toBeGreaterThan(5_000_000);
      expect(seconds).toBeGreaterThan(0);
      expect(archive).toBe('pg_wal.tar');
    }
    expect(stderrs[0]?.split('\n').length).toBeGreaterThan(1);
  });
});
