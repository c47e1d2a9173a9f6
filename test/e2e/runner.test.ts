/**
 * bb: a pipeline in one process does what the same pipeline of the shell does. Both are run on recordings of a real
 * server's stream, good and bad, and compared in what they write, what they say, and how they end.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../lib/tool/options.ts';
import { RUNNER_OPTIONS } from '../../lib/tool/runner/runner-options.ts';
import { type Finished, run, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import { recordedCluster } from './support/given.ts';
import { Target } from './support/targets.ts';
import { expectNoWalsender } from './support/walsenders.ts';

let location: string;
const given = recordedCluster(async (cluster) => {
  location = await cluster.createTablespace('fast');
  await cluster.query('CREATE TABLE t TABLESPACE fast AS SELECT generate_series(1, 10000)');
});

const bb = () => tool('bb', []).command;
const program = (word: string) => tool(`bb-${word}`, []).command;

/** A pipeline as words, with "!" between its stages; DIR is a directory of its own. */
type Words = readonly string[];

function stagesOf(words: Words): readonly Words[] {
  const stages: string[][] = [[]];
  for (const word of words) {
    if (word === '!') stages.push([]);
    else stages.at(-1)?.push(word);
  }
  return stages;
}

interface Outcome {
  readonly status: number | null;
  readonly stdout: Buffer;
  /** In order for each program; how the programs take turns is not fixed. */
  readonly messages: readonly string[];
  /** All files below the directory, with their contents. */
  readonly files: ReadonlyMap<string, string>;
}

function outcomeOf({ status, stdout, stderr }: Finished, directory: string): Outcome {
  const files = new Map(
    existsSync(directory)
      ? readdirSync(directory, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .sort()
          .map((path) => [path.slice(directory.length), readFileSync(path, 'latin1')])
      : [],
  );
  const messages = stderr.replaceAll(directory, 'DIR').split('\n').sort();
  return { status, stdout, messages, files };
}

/** Runs the words in one process. */
async function fused(words: Words, stdin: string, directory: string): Promise<Outcome> {
  const argv = words.map((word) => word.replace('DIR', directory));
  const line = `exec "$0" "$@" < ${stdin}`;
  return outcomeOf(await run('bash', ['-c', line, bb(), ...argv]), directory);
}

/** Runs the same programs in a pipeline of the shell, whose status is that of the first one that says what is wrong. */
async function piped(words: Words, stdin: string, directory: string): Promise<Outcome> {
  const commands = stagesOf(words).map(([word = '', ...argv], index, { length }) => {
    const tee = word === 'verify' && index < length - 1 ? ['--tee'] : [];
    const quoted = [program(word), ...tee, ...argv].map((one) => `'${one.replace('DIR', directory)}'`);
    return index === 0 ? `${quoted.join(' ')} < ${stdin}` : quoted.join(' ');
  });
  const status = `for s in "\${PIPESTATUS[@]}"; do [ $s = 0 ] || [ $s = 141 ] || exit $s; done`;
  return outcomeOf(await run('bash', ['-c', `${commands.join(' | ')}; ${status}`]), directory);
}

const PIPELINES: readonly Words[] = [
  ['verify', '!', 'split', '-N', '-D', 'DIR'],
  ['verify', '-q', '!', 'compress', '-Z', 'gzip:1', '!', 'split', '-N', '-D', 'DIR'],
  ['compress', '-Z', 'lz4', '!', 'verify', '-q', '!', 'compress', '-d', '!', 'split', '-N', '-D', 'DIR'],
  ['relocate', '--all-into=/srv/moved', '!', 'verify', '-q', '!', 'split', '-N', '-D', 'DIR'],
  ['verify', '-q', '!', 'split', '-Fp', '-N', '-D', 'DIR', '--only=global/*'],
  ['verify', '-q', '!', 'split', '--list'],
  ['compress', '-d', '!', 'verify'],
  ['verify', '-q', '!', 'relocate', '--list'],
  ['relocate', '--all-into=/srv/moved', '!', 'compress', '-Z', 'gzip:1'],
];

describe('a pipeline in one process', () => {
  /** What stands on standard input, made from a good recording; the first ones are streams, good or bad. */
  const STREAMS = 4;
  const inputs: readonly [string, (good: Buffer) => Buffer][] = [
    ['a good backup', (good) => good],
    ['a backup that is cut', (good) => good.subarray(0, good.length >> 1)],
    ['a backup that lacks its last message', (good) => good.subarray(0, good.length - 17)],
    ['a damaged backup', (good) => damaged(good)],
    ['nothing', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('PGDMP and so on')],
  ];

  /** A program by itself may take any file, where a stage takes streams only. */
  const compared = PIPELINES.flatMap((words) =>
    inputs
      .slice(0, words[0] === 'verify' ? inputs.length : STREAMS)
      .map(([name, make]) => ({ line: words.join(' '), words, name, make })),
  );

  it.each(compared)('does what the programs do: bb $line < $name', async ({ words, name, make }) => {
    const input = join(given.folder, `${name.replaceAll(' ', '-')}.backup`);
    writeFileSync(input, make(given.recording.bytes));
    const directory = join(given.folder, 'target');
    const [one, other] = [
      await fused(words, input, directory),
      await (async () => {
        await run('rm', ['-rf', directory]);
        return piped(words, input, directory);
      })(),
    ];
    await run('rm', ['-rf', directory]);
    expect(one.messages).toEqual(other.messages);
    expect(one.status).toBe(other.status);
    expect([...one.files.keys()]).toEqual([...other.files.keys()]);
    for (const [path, contents] of one.files) expect(contents === other.files.get(path), path).toBe(true);
    expect(one.stdout.equals(other.stdout)).toBe(true);
  });

  it.each(['', 'PGDMP and so on'])('takes no input that is no backup: %j', async (input) => {
    const file = join(given.folder, 'no-backup');
    writeFileSync(file, input);
    const directory = join(given.folder, 'none');
    const { status, files } = await fused(['compress', '!', 'split', '-D', 'DIR'], file, directory);
    expect(status).toBe(1);
    expect(files.size).toBe(0);
  });

  it('says that it takes no tar', async () => {
    const directory = join(given.folder, 'from-tar');
    const file = join(given.folder, 'base.tar');
    await run('bash', [
      '-c',
      `'${program('split')}' --to-stdout=base.tar < '${given.recording.file}' > '${file}'`,
    ]);
    const { status, messages } = await fused(['compress', '!', 'split', '-D', 'DIR'], file, directory);
    expect(messages.join()).toContain(
      'could not pass on a tar: a pipeline in one process takes backup streams only',
    );
    expect(status).toBe(2);
  });

  it('takes the backup too, verifies it, and compresses it', async () => {
    const directory = join(given.folder, 'taken');
    const words = ['-c', 'fast', '!', 'verify', '-q', '!', 'compress', '-Z', 'zstd:1', '!', 'split', '-N'];
    const { status, stderr } = await run(bb(), [
      'stream',
      ...given.cluster.connectionOptions,
      ...words,
      '-D',
      directory,
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(readdirSync(directory)).toContain('base.tar.zst');
    expect((await run(program('verify'), ['-q', directory])).status).toBe(0);
    expect(readdirSync(location)).not.toEqual([]);
  });

  it('tells the failure of each stage under its own name, and leaves nothing', async () => {
    const directory = join(given.folder, 'cut');
    const input = join(given.folder, 'cut.backup');
    writeFileSync(input, given.recording.bytes.subarray(0, 100_000));
    const words = ['verify', '-q', '!', 'compress', '-Z', 'gzip', '!', 'split', '-D', 'DIR'];
    const { status, messages } = await fused(words, input, directory);
    expect(status).toBe(1);
    const errors = messages.filter((line) => line.includes('error'));
    expect(errors.map((line) => line.split(':')[0])).toEqual([
      'bb-compress',
      'bb-split',
      'bb-verify',
      'bb-verify',
    ]);
    expect(existsSync(directory)).toBe(false);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('dies of %s, and leaves nothing', async (signal, status) => {
    const directory = join(given.folder, signal);
    mkdirSync(directory);
    const running = start(bb(), [
      'stream',
      ...given.cluster.connectionOptions,
      ...['-c', 'fast', '-r', '1M', '!', 'verify', '-q', '!', 'compress', '!', 'split', '-D', directory],
    ]);
    await expect.poll(() => readdirSync(directory), { timeout: 20_000 }).toContain('base.tar.zst.partial');
    running.process.kill(signal);
    expect((await running.finished).status).toBe(status);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(['tar', 'plain'] as const)(
    'is killed, and leaves nothing that looks complete (%s)',
    async (format) => {
      const target = new Target(given.folder, format, location);
      const split = target.split().args ?? [];
      const running = start(bb(), [
        'stream',
        ...given.cluster.connectionOptions,
        ...['-c', 'fast', '-r', '1M', '!', 'verify', '-q', '!', 'split', ...split],
      ]);
      await untilTrue('files are being written', () => target.left().length > 1);
      running.process.kill('SIGKILL');
      expect((await running.finished).status).toBe(137);
      target.expectPart();
      await expectNoWalsender(given.cluster);
    },
  );

  it('ends as by SIGPIPE when the reader of its output has gone', async () => {
    const line = `"$0" compress -d ! verify --tee -q < "$1" | head -c 1000 >/dev/null; exit "\${PIPESTATUS[0]}"`;
    const { status, stderr } = await run('bash', ['-c', line, bb(), given.recording.file]);
    expect(stderr).toBe('');
    expect(status).toBe(141);
  });

  it('is told of a full disk', async () => {
    const line = '"$0" compress -d ! verify --tee -q < "$1" > /dev/full';
    const { status, stderr } = await run('bash', ['-c', line, bb(), given.recording.file]);
    expect(stderr).toBe('bb-verify: error: could not write to standard output: No space left on device\n');
    expect(status).toBe(2);
  });
});

describe('bb', () => {
  it.each([
    { argv: [], message: 'no program specified' },
    { argv: ['strem'], message: 'there is no program "strem"' },
    {
      argv: ['split', '-D', 'x', '!', 'verify'],
      message: '"split" with these options can only be the last stage',
    },
    { argv: ['verify', '!', 'stream'], message: '"stream" can only be the first stage of a pipeline' },
    { argv: ['verify', '!', '!', 'split'], message: 'a stage of the pipeline is empty' },
    { argv: ['verify', '!', 'split', '-D', 'x', 'y'], message: '"split" reads from the stage before it' },
    { argv: ['--nosuch'], message: 'unrecognized option "--nosuch"' },
  ])('refuses $argv', async ({ argv, message }) => {
    const { status, stdout, stderr } = await run(bb(), argv);
    expect(stderr).toContain(`bb: error: ${message}`);
    expect([status, stdout.length]).toEqual([2, 0]);
  });

  it.each([
    {
      argv: ['verify', '!', 'split', '--nosuch'],
      message: 'bb-split: error: unrecognized option "--nosuch"',
    },
    {
      argv: ['verify', '!', 'combine', '-D', 'x', 'y'],
      message: 'bb-combine: error: cannot be a stage of a pipeline with a directory',
    },
    {
      argv: ['verify', '/', '!', 'split', '-D', 'x'],
      message: 'bb-verify: error: cannot pass on directory "/"',
    },
  ])('tells of options under the name of the stage: $argv', async ({ argv, message }) => {
    const { status, stderr } = await run(bb(), argv);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  it('suggests the name that was probably meant', async () => {
    expect((await run(bb(), ['compres'])).stderr).toContain('bb: hint: Did you mean "compress"?');
  });

  it.each(['stream', 'verify', 'compress', 'relocate', 'split', 'combine'])(
    'runs bb-%s by itself',
    async (word) => {
      const [one, other] = [await run(bb(), [word, '--help']), await run(program(word), ['--help'])];
      expect(one).toMatchObject({ status: 0, stderr: '' });
      expect(one.stdout.equals(other.stdout)).toBe(true);
      const help = await run(bb(), ['help', word]);
      expect(help.stdout.equals(one.stdout)).toBe(true);
    },
  );

  it('has options that come before a tool', () => {
    expect(parseArguments(RUNNER_OPTIONS, ['--version', '-v']).has('verbose')).toBe(true);
  });
});

/** The recording with one byte of a file's contents changed, in the middle of the largest archive. */
function damaged(good: Buffer): Buffer {
  const bytes = Buffer.from(good);
  const at = bytes.length - (bytes.length >> 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  return bytes;
}
