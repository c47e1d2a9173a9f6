/**
 * Progress on real terminals with 60 and 120 columns: bars fit, messages have their own lines, several tools of a
 * pipeline draw one bar; and what is on the screen after an interruption.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Stage } from '../support/pipeline.ts';
import { run } from '../support/run.ts';
import { screenOf } from '../support/screen.ts';
import { tool } from '../support/tools.ts';
import { recordedCluster } from './support/given.ts';
import { Target } from './support/targets.ts';
import { typed } from './support/typed.ts';

const given = recordedCluster();
const BAR = /^bb-\w+: (\[[= ]+\] )?\S+ (bytes|[kMG]B) of \S+ [kMG]B \(\d+%\)/;

function stream(...options: string[]): Stage {
  return tool('bb-stream', [...given.cluster.connectionOptions, '-c', 'fast', ...options]);
}

const hasScript = spawnSync('script', ['--version']).status === 0;
if (!hasScript) process.stderr.write('no script(1) here, so tests of bars are skipped\n');

/** Runs a command line on a terminal with this number of columns. Returns what was written to it. */
async function written(columns: number, ...stages: string[]): Promise<string> {
  const command = `stty cols ${columns}; set -o pipefail; ${stages.join(' | ')}`;
  const { stdout } = await run('script', ['-qec', `bash -c ${quoted(command)}`, '/dev/null']);
  return stdout.toString();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Everything that was drawn between a carriage return and the end of the line. */
function bars(text: string): string[] {
  return Array.from(text.matchAll(/\r([^\r\n]+)\x1b\[K/g), ([, bar = '']) => bar);
}

describe.skipIf(!hasScript).each([60, 120])('a terminal of %i columns', (columns) => {
  it('shows one bar of a pipeline that has several, and it fits', async () => {
    const target = new Target(given.folder, 'plain');
    const text = await written(
      columns,
      typed(stream('-P', '-r', '4M')),
      typed(tool('bb-verify', ['--tee', '-P'])),
      typed(target.split(['-P'])),
    );
    const drawn = bars(text);
    expect(new Set(drawn.map((bar) => bar.split(':')[0]))).toEqual(new Set(['bb-split']));
    expect(drawn.filter((bar) => bar.length >= columns)).toEqual([]);
    const { lines } = screenOf(text, columns);
    expect(lines.filter((line) => /bb-\w+: .*\bMB\/s/.test(line))).toEqual([expect.stringMatching(BAR)]);
    expect(lines).toContainEqual(expect.stringMatching(/^bb-split: wrote \d+ files, /));
    expect(lines).toContain('backup successfully verified');
  });

  it('shows no message beside a bar, whichever tool it is of', async () => {
    const target = new Target(given.folder, 'tar');
    const text = await written(columns, typed(stream('-v', '-r', '4M')), typed(target.split(['-P', '-v'])));
    const { lines } = screenOf(text, 200);
    const shown = lines.filter((line) => /^bb-/.test(line));
    expect(
      shown.filter((line) => /.bb-\w+:|%.*wrote|[=\]].*(checkpoint|write-ahead|sending)/.test(line)),
    ).toEqual([]);
    expect(shown.filter((line) => BAR.test(line))).toHaveLength(1);
    expect(shown.filter((line) => /^bb-stream: sending archive "/.test(line)).length).toBeGreaterThan(0);
    expect(bars(text).filter((bar) => bar.length >= columns)).toEqual([]);
  });

  it('shows the same bar for a directory that is verified', async () => {
    const target = new Target(given.folder, 'plain');
    await written(columns, `${typed(target.split())} <${given.recording.file}`);
    const text = await written(columns, typed(tool('bb-verify', ['-P', target.directory])));
    const { lines, wrapped } = screenOf(text, columns);
    expect(lines[0]).toMatch(BAR);
    expect(lines[0]).toMatch(/^bb-verify: .*\(100%\), /);
    expect(wrapped.filter((line) => BAR.test(line))).toEqual([]);
    expect(lines.slice(1).some((line) => BAR.test(line))).toBe(false);
  });
});

describe.skipIf(!hasScript)('a bar', () => {
  it('is of the last tool that was asked, also if others come after it', async () => {
    const text = await written(100, typed(stream('-P', '-r', '4M')), 'cat', 'cat >/dev/null');
    expect(bars(text).some((bar) => BAR.test(bar))).toBe(true);
    expect(bars(text).every((bar) => bar.startsWith('bb-stream: '))).toBe(true);
  });

  it('is of the last one too if that is a stage of bb', async () => {
    const target = new Target(given.folder, 'tar');
    const text = await written(
      100,
      typed(stream('-P', '-r', '4M')),
      typed(tool('bb', ['compress', '-P', '-d', '!', 'split', '-P', '-N', '-D', target.directory])),
    );
    const drawn = bars(text);
    expect(drawn.some((bar) => BAR.test(bar))).toBe(true);
    expect(new Set(drawn.map((bar) => bar.split(':')[0]))).toEqual(new Set(['bb-split']));
  });

  it('is drawn again, and narrower, when the window gets narrower', async () => {
    const text = await written(
      120,
      typed(stream('-P', '-r', '2M')),
      '{ head -c 4M >/dev/null; stty cols 50 </dev/tty; cat >/dev/null; }',
    );
    const widths = bars(text).map((bar) => bar.length);
    expect(Math.max(...widths)).toBeGreaterThan(60);
    expect(widths.at(-1)).toBeLessThan(50);
  });

  it('says that a checkpoint is waited for', async () => {
    await given.cluster.query('CREATE TABLE dirty AS SELECT generate_series(1, 200000)');
    const target = new Target(given.folder, 'tar');
    const text = await written(
      100,
      `{ sleep 5; kill -INT 0; } & ${typed(stream('-c', 'spread'))}`,
      typed(target.split(['-P'])),
    );
    expect(bars(text)).toContain('bb-split: waiting for checkpoint');
  });
});

describe.skipIf(!hasScript)('an interruption', () => {
  it.each(['tar', 'plain'] as const)('tells what was removed: %s', async (format) => {
    const target = new Target(given.folder, format);
    const line = `${typed(stream('-r', '1M'))} | ${typed(target.split(['-P']))}`;
    const { stdout } = await run('script', [
      '-qec',
      `stty cols 100; (sleep 3; kill -INT 0) & ${line}`,
      '/dev/null',
    ]);
    const { lines } = screenOf(stdout.toString(), 100);
    expect(lines).toContain(`bb-split: removed "${target.directory}"`);
    expect(existsSync(target.directory)).toBe(false);
  });

  it('tells what was removed from a directory that stays', async () => {
    const target = new Target(given.folder, 'tar');
    mkdirSync(target.directory);
    const line = `${typed(stream('-r', '1M'))} | ${typed(target.split(['-P']))}`;
    const { stdout } = await run('script', [
      '-qec',
      `stty cols 100; (sleep 3; kill -INT 0) & ${line}`,
      '/dev/null',
    ]);
    const { lines } = screenOf(stdout.toString(), 100);
    expect(lines).toContain(`bb-split: removed what was written to "${target.directory}"`);
    expect(existsSync(join(target.directory, 'base.tar.partial'))).toBe(false);
  });
});
