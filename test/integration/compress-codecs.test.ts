/**
 * The codecs on a large file of machine code: we read what the commands write, and they read what we write; memory is
 * bounded; and an error names the package that cannot be loaded.
 */

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNodeZstd } from '../../lib/compress/zstd-node.ts';
import { shellText } from '../support/announce.ts';
import { isInstalled } from '../support/compressors.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { type Finished, run, runOk } from '../support/run.ts';
import { tool } from '../support/tools.ts';

const MEGABYTE = 1024 * 1024;
const SMALL_BYTES = 3 * MEGABYTE;
const LARGE_BYTES = 64 * MEGABYTE;
/** Has a tool print its peak memory at its end, in kilobytes (VmHWM in proc(5)). */
const TELL_PEAK = "process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS))";
const NODE_MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const PAGE = fileURLToPath(new URL('../../package-lock.json', import.meta.url));
const TOOLS = ['bb-stream', 'bb-verify', 'bb-compress', 'bb-relocate', 'bb-split'];
const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

const hasNodeZstd = loadNodeZstd() !== undefined;

const folder = temporaryFolder();
const small = join(folder, 'small');
const large = join(folder, 'large');
const preloaded = join(folder, 'tell-peak.mjs');

beforeAll(() => {
  // The executable of Node.js: machine code, tables and text.
  const code = readFileSync(process.execPath).subarray(0, LARGE_BYTES);
  writeFileSync(large, code);
  writeFileSync(small, code.subarray(-SMALL_BYTES));
  writeFileSync(preloaded, TELL_PEAK);
});

afterAll(() => removeFolder(folder));

/** The command line of bb-compress for a shell. */
function compress(...options: string[]): string {
  const { command, args = [] } = tool('bb-compress', options);
  return shellText([[command, ...args]]);
}

function shell(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  return runOk('bash', ['-o', 'pipefail', '-c', script], { env });
}

describe('a command is understood', () => {
  it.each([
    ['gzip', '-1'],
    ['gzip', '-9'],
    ['pigz', '-p3 -6'],
    ['pigz', '-p3 -i -b 128 -9'],
    ['pigz', '-p2 -R -1'],
    ['lz4', '-1'],
    ['lz4', '-12'],
    ['lz4', '-B4 -BD -BX'],
    ['lz4', '-B5 -BD -9'],
    ['lz4', '-B7 -BI --no-frame-crc'],
    ['lz4', '--fast=9 --favor-decSpeed'],
    ['zstd', '--fast=5'],
    ['zstd', '-3 -T2 --no-check'],
    ['zstd', '-3 --long=27 --rsyncable'],
    ['zstd', '--ultra -20 -T1'],
    ['zstd', '--format=gzip'],
    ['zstd', '--format=lz4'],
  ])('%s %s', async (command, options) => {
    if (isInstalled(command))
      await shell(`${command} ${options} -qc <${small} | ${compress('-d')} | cmp - ${small}`);
  });

  it('that tells the size of the contents', async () => {
    const file = join(folder, 'sized');
    if (isInstalled('lz4'))
      await shell(
        `lz4 -q --content-size ${small} ${file}.lz4; ${compress('-d')} <${file}.lz4 | cmp - ${small}`,
      );
    if (isInstalled('zstd'))
      await shell(`zstd -q ${small} -o ${file}.zst; ${compress('-d')} <${file}.zst | cmp - ${small}`);
  });
});

describe('a command understands', () => {
  it.each([
    ['gzip -dc', 'gzip:1'],
    ['pigz -dc', 'gzip:9'],
    ['lz4 -dc', 'lz4:1'],
    ['lz4 -dc', 'lz4:3'],
    ['lz4 -dc', 'lz4:12'],
    ['zstd -dc', 'zstd:level=-5,workers=3'],
    ['zstd -dc', 'zstd:level=7,long'],
    ['zstd -dc', 'zstd:20'],
  ])('%s what -Z %s makes', async (command, detail) => {
    const [name = ''] = command.split(' ');
    if (isInstalled(name)) await shell(`${compress('-Z', detail)} <${small} | ${command} | cmp - ${small}`);
  });

  it.each([
    ['gzip', 'pigz -6', 1.04],
    ['lz4', 'lz4 -1', 1.01],
    ['lz4:9', 'lz4 -9', 1.01],
    ['zstd', 'zstd -3', 1.01],
    ['zstd:9', 'zstd -9', 1.01],
  ])('-Z %s, and makes files as small, or nearly: %s', async (detail, command, ratio) => {
    const [name = ''] = command.split(' ');
    if (!isInstalled(name)) return;
    const theirs = Number(await shell(`${command} -qc <${small} | wc -c`));
    const ours = Number(await shell(`${compress('-Z', detail)} <${small} | wc -c`));
    expect(ours).toBeLessThan(theirs * ratio);
  });
});

describe('peak memory', () => {
  const env = { NODE_OPTIONS: `--import=${preloaded}` };

  /** The peak memory in megabytes. */
  async function peak(script: string): Promise<number> {
    const { status, stderr } = await run('bash', ['-o', 'pipefail', '-c', script], { env });
    expect(status).toBe(0);
    return Number(/^peak (\d+)$/m.exec(stderr)?.[1]) / 1024;
  }

  it.each([
    ['gzip:1', '2', 160],
    ['gzip:1', '256', 160],
    ['lz4', '2', 160],
    ['lz4', '256', 160],
    ['lz4:3', '2', 160],
    ['zstd:1', '4', 160],
    ['zstd', '4', 160],
    ['zstd:7', '4', 160],
    ['zstd', '256', 450],
    ['zstd:long', '2', 300],
  ])('of -Z %s -j %s is below %i MB', async (detail, jobs, limit) => {
    expect(await peak(`${compress('-Z', detail, '-j', jobs)} <${large} >/dev/null`)).toBeLessThan(limit);
  });

  it.each([
    ['gzip -1', 160],
    ['lz4 -1', 160],
    ['lz4 -B7 -BD -1', 160],
    ['zstd -1', 160],
    ['zstd -1 --long=27', 300],
  ])('of -d after %s is below %i MB', async (command, limit) => {
    const [name = ''] = command.split(' ');
    if (!isInstalled(name)) return;
    expect(await peak(`NODE_OPTIONS= ${command} -qc <${large} | ${compress('-d')} >/dev/null`)).toBeLessThan(
      limit,
    );
  });
});

describe('where a package cannot be loaded', () => {
  const PACKAGES = ['@node-rs/crc32', '@node-rs/xxhash', 'lz4-napi', 'koffi'];
  const text = Buffer.from('text');
  let count = 0;

  /** A built tool with its packages, some of which are broken. */
  async function withBroken(
    broken: readonly string[],
    args: readonly string[],
    stdin: Buffer,
    name = 'bb-compress.js',
  ): Promise<Finished> {
    const place = join(folder, `broken-${count++}`);
    const modules = join(place, 'node_modules');
    mkdirSync(join(modules, '@node-rs'), { recursive: true });
    for (const name of PACKAGES) {
      if (broken.includes(name)) {
        mkdirSync(join(modules, name));
        writeFileSync(join(modules, name, 'index.js'), "throw new Error('not for this machine\\nat all');");
      } else symlinkSync(join(NODE_MODULES, name), join(modules, name));
    }
    cpSync(DIST, join(place, 'dist'), { recursive: true });
    writeFileSync(join(place, 'package.json'), '{"type":"module"}');
    return run(join(place, 'dist', name), args, { stdin });
  }

  it.each([
    ...(hasNodeZstd ? [] : [['koffi', 'zstd', 'could not load libzstd']]),
    ['koffi', 'lz4:3', "could not load liblz4, which lz4's levels from 3 on need"],
    ['koffi lz4-napi', 'lz4', 'could not load the package "lz4-napi"'],
    ['@node-rs/xxhash', 'lz4', 'could not load the package "@node-rs/xxhash"'],
    ['@node-rs/crc32', 'gzip', 'could not load the package "@node-rs/crc32"'],
  ])('%s, -Z %s says so', async (broken = '', detail = '', message = '') => {
    const { status, stdout, stderr } = await withBroken(broken.split(' '), ['-Z', detail], text);
    expect([status, stdout.length]).toEqual([2, 0]);
    const lines = [`error: ${message}`, 'detail: not for this machine\\.', 'hint: .*'];
    const expected = lines.map((line) => `bb-compress: ${line}\n`).join('');
    expect(stderr).toMatch(new RegExp(`^${expected}$`));
  });

  it.each([
    ['koffi lz4-napi', 'lz4', 'lz4-napi'],
    ['@node-rs/xxhash', 'lz4', '@node-rs/xxhash'],
  ])('%s, -d says so', async (broken, detail, name) => {
    const { stdout } = await withBroken([], ['-Z', detail], text);
    const { status, stderr } = await withBroken(broken.split(' '), ['-d'], stdout);
    expect([status, stderr.split('\n')[0]]).toEqual([
      2,
      `bb-compress: error: could not load the package "${name}"`,
    ]);
  });

  it('koffi, lz4 is compressed and decompressed all the same', async () => {
    const code = readFileSync(small);
    const { stdout } = await withBroken(['koffi'], ['-Z', 'lz4'], code);
    const back = await withBroken(['koffi'], ['-d'], stdout);
    expect(back.status).toBe(0);
    expect(back.stdout.equals(code)).toBe(true);
  });

  it('all that tools only need later, they still answer', async () => {
    for (const name of TOOLS) {
      const { status, stderr } = await withBroken(PACKAGES, ['--version'], text, `${name}.js`);
      expect([name, status, stderr]).toEqual([name, 0, '']);
    }
  });
});

describe('-Z zstd', () => {
  it('ends well while threads of libzstd still run', async () => {
    const once = `${compress('-Z', 'zstd:level=19,long')} <${PAGE} >/dev/null`;
    await shell(`for i in $(seq 12); do ${once} || exit; done`);
  });
});
