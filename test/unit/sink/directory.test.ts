import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { type PlaceOptions, writeToPlace } from '../../../lib/sink/write-to-place.ts';
import { DirectoryPlace } from '../../../lib/store/directory-place.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { archive, backupFrames, completed, data } from '../../support/frames.ts';
import { oneByOne } from '../../support/source.ts';
import { file, smallTar, tar } from '../tar/build.ts';

const BASE = smallTar();
const TABLESPACE = tar(file('PG_15_202209061/5/1', 'tablespace'));
const WAL = tar(file('000000010000000000000002', Buffer.alloc(4096, 'wal')));
const MANIFEST = '{ "PostgreSQL-Backup-Manifest-Version": 1 }\n';
const GOOD = backupFrames({
  tablespaces: [{ oid: 16384, location: '/srv/ts' }],
  copy: [
    ...archive('16384.tar', '/srv/ts', TABLESPACE),
    ...archive('pg_wal.tar', '', WAL.subarray(0, 700)),
    ...archive('base.tar', '', BASE.subarray(0, 1000), BASE.subarray(1000)),
    { type: 'manifest' },
    data(MANIFEST),
    ...archive('pg_wal.tar', '', WAL.subarray(700)),
  ],
});
const NAMES = ['16384.tar', 'backup_manifest', 'base.tar', 'pg_wal.tar'];
const PARTIAL_NAMES = NAMES.map((name) => `${name}.partial`);

let folder: string;
let target: string;
let warnings: string[];
let told: string[];
beforeEach(() => {
  folder = temporaryFolder();
  target = join(folder, 'backup');
  warnings = [];
  told = [];
});
afterEach(() => removeFolder(folder));

interface Choices extends PlaceOptions {
  readonly directory: string;
}

function write(
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  { directory = target, ...options }: Partial<Choices> = {},
) {
  const signal = new AbortController().signal;
  const warn = (complaint: string) => warnings.push(complaint);
  const tell = (text: string) => told.push(text);
  const common = { sync: true, clean: true, signal, warn, tell };
  return writeToPlace(oneByOne(frames), new DirectoryPlace(directory), { ...common, ...options });
}

/** The frames, with something done before one of the given type (its last one) is given. */
function* doing(act: () => void, before: Frame['type']): Generator<Frame> {
  const place = GOOD.findLastIndex(({ type }) => type === before);
  for (const [index, frame] of GOOD.entries()) {
    if (index === place) act();
    yield frame;
  }
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('writeToPlace', () => {
  it.each([true, false])('writes one file an archive, and the manifest (sync: %s)', async (sync) => {
    const summary = await write(GOOD, { sync });
    expect(readdirSync(target)).toEqual(NAMES);
    const contents = [TABLESPACE, Buffer.from(MANIFEST), BASE, WAL];
    for (const [index, name] of NAMES.entries()) {
      expect(readFileSync(join(target, name)).equals(contents[index] ?? Buffer.alloc(0))).toBe(true);
      expect(modeOf(join(target, name))).toBe(0o600);
    }
    expect(modeOf(target)).toBe(0o700);
    expect(summary).toEqual({
      archives: [
        { name: '16384.tar', bytes: TABLESPACE.length },
        { name: 'pg_wal.tar', bytes: WAL.length },
        { name: 'base.tar', bytes: BASE.length },
      ],
      manifestBytes: MANIFEST.length,
      bytes: TABLESPACE.length + WAL.length + BASE.length + MANIFEST.length,
    });
  });

  it('stores compressed archives as they come, and needs neither manifest nor tablespace list', async () => {
    const summary = await write([...archive('base.tar.zst', '', 'zstd'), { type: 'end' }]);
    expect(readFileSync(join(target, 'base.tar.zst'), 'utf8')).toBe('zstd');
    expect(summary).toEqual({
      archives: [{ name: 'base.tar.zst', bytes: 4 }],
      manifestBytes: undefined,
      bytes: 4,
    });
  });

  it('makes the directories above the target too', async () => {
    const umask = process.umask(0);
    try {
      await write(GOOD, { directory: join(target, 'a/b') });
    } finally {
      process.umask(umask);
    }
    expect(readdirSync(join(target, 'a/b'))).toEqual(NAMES);
    for (const path of [target, join(target, 'a'), join(target, 'a/b')]) expect(modeOf(path)).toBe(0o700);
  });

  it('writes into an empty directory, be it by a symbolic link', async () => {
    mkdirSync(join(folder, 'elsewhere'), { mode: 0o755 });
    symlinkSync('elsewhere', target);
    await write(GOOD);
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual(NAMES);
    expect(modeOf(target)).toBe(0o755);
  });

  it.each([
    ['a directory with a file', () => writeFileSync(join(target, '.hidden'), ''), 'exists but is not empty'],
    ['a directory with a directory', () => mkdirSync(join(target, 'lost+found')), 'exists but is not empty'],
  ])('refuses %s as target', async (_name, fill, complaint) => {
    mkdirSync(target);
    fill();
    const before = readdirSync(target);
    await expect(write(GOOD)).rejects.toThrow(new TroubleError(`directory "${target}" ${complaint}`));
    expect(readdirSync(target)).toEqual(before);
  });

  it('refuses a file as target', async () => {
    writeFileSync(target, 'precious');
    await expect(write(GOOD)).rejects.toThrow(`could not access directory "${target}": Not a directory`);
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });

  it('gives no file its name before the end of the input was read', async () => {
    const seen: string[][] = [];
    const look = () => seen.push(readdirSync(target));
    const watched = (async function* () {
      yield* doing(look, 'end');
      look();
    })();
    await write(watched);
    expect(seen).toEqual([PARTIAL_NAMES, PARTIAL_NAMES]);
  });

  const cutWal = completed([
    ...GOOD.slice(
      0,
      GOOD.findLastIndex(({ type }) => type === 'data'),
    ),
    { type: 'end' },
  ]);
  const failures: [string, () => Iterable<Frame>, string][] = [
    [
      'the input fails',
      () =>
        doing(() => {
          throw new BackupError('backup was aborted upstream: x');
        }, 'copy-done'),
      'backup was aborted upstream: x',
    ],
    [
      'the input fails behind the end',
      function* () {
        yield* GOOD;
        throw new BackupError('data behind the end');
      },
      'data behind the end',
    ],
    ['the input has no end', () => GOOD.slice(0, -1), 'stream ended before its end'],
    [
      'an archive is cut',
      () =>
        completed([
          ...archive('16384.tar', '', TABLESPACE.subarray(0, 512)),
          ...archive('base.tar', '', BASE),
          { type: 'end' },
        ]),
      'archive "16384.tar" is cut short',
    ],
    [
      'the last archive is cut',
      () => completed([...archive('base.tar', '', BASE.subarray(0, -512)), { type: 'end' }]),
      'archive "base.tar" is cut short',
    ],
    ['WAL is cut', () => cutWal, 'archive "pg_wal.tar" is cut short'],
    [
      'an archive is none',
      () => [...archive('base.tar', '', 'x'.repeat(512)), { type: 'end' }],
      'malformed archive "base.tar": no tar header where one should be',
    ],
  ];

  it.each(failures)('removes all that it made when %s', async (_name, frames, message) => {
    const directory = join(target, 'a/b');
    const outcome = await write(frames(), { directory }).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(BackupError);
    expect(outcome).toMatchObject({ message });
    expect(readdirSync(folder)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it.each(failures)('leaves an empty directory empty when %s', async (_name, frames, message) => {
    mkdirSync(target, { mode: 0o750 });
    await expect(write(frames())).rejects.toThrow(message);
    expect(readdirSync(target)).toEqual([]);
    expect(modeOf(target)).toBe(0o750);
  });

  it.each(failures)(
    'keeps, if told to, the files under temporary names when %s',
    async (_name, frames, message) => {
      await expect(write(frames(), { clean: false })).rejects.toThrow(message);
      const names = readdirSync(target);
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(PARTIAL_NAMES).toContain(name);
    },
  );

  it.each(['archive', 'end'] as const)(
    'removes all when it is interrupted at the last frame of type %s',
    async (type) => {
      const controller = new AbortController();
      const reason = new Error('interrupted');
      const frames = doing(() => controller.abort(reason), type);
      await expect(write(frames, { signal: controller.signal })).rejects.toBe(reason);
      expect(readdirSync(folder)).toEqual([]);
      expect(told).toEqual([`removed "${target}"`]);
    },
  );

  it('overwrites no file that somebody else has put there', async () => {
    const foreign = join(target, 'base.tar.partial');
    const frames = doing(() => writeFileSync(foreign, 'foreign'), 'archive');
    const collision = (async function* () {
      yield* [...frames].filter(({ type }) => type !== 'end' && type !== 'manifest');
    })();
    mkdirSync(target);
    await expect(write(collision)).rejects.toBeInstanceOf(TroubleError);
    expect(readFileSync(foreign, 'utf8')).toBe('foreign');
  });

  it.each(['base.tar', '16384.tar', 'backup_manifest'])(
    'leaves alone a %s that has appeared meanwhile, and nothing of its own',
    async (name) => {
      const frames = doing(() => writeFileSync(join(target, name), 'foreign'), 'end');
      const outcome = await write(frames).catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(TroubleError);
      expect(outcome).toHaveProperty('message', `could not create file "${target}/${name}": File exists`);
      expect(readdirSync(target)).toEqual([name]);
      expect(readFileSync(join(target, name), 'utf8')).toBe('foreign');
    },
  );

  it('tells of the first failure, and only warns of what cannot be cleaned up', async () => {
    const meddle = () => {
      rmSync(join(target, '16384.tar.partial'));
      writeFileSync(join(target, 'foreign'), '');
      throw new BackupError('the first failure');
    };
    await expect(write(doing(meddle, 'copy-done'))).rejects.toThrow(new BackupError('the first failure'));
    expect(warnings).toEqual([
      `could not remove file "${target}/16384.tar.partial": No such file or directory`,
      `could not remove directory "${target}": Directory not empty`,
    ]);
    expect(readdirSync(target)).toEqual(['foreign']);
  });

  it('fails, and cleans up, when a file has gone before it gets its name', async () => {
    const frames = doing(() => rmSync(join(target, 'base.tar.partial')), 'end');
    await expect(write(frames, { sync: false })).rejects.toThrow(
      `could not rename file "${target}/base.tar.partial" to "${target}/base.tar": No such file or directory`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});
