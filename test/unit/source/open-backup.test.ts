import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { openBackup } from '../../../lib/source/open-backup.ts';
import { archive, completed, smallBackup, spellAll } from '../../support/frames.ts';
import { gather, joinData } from '../../support/gather.ts';
import { CUTS, lend, randomFrom, randomly } from '../../support/rechunk.ts';
import { Endless } from '../../support/source.ts';
import { directory, file, header, patched, smallTar, tar } from '../tar/build.ts';

const STREAM = spellAll(smallBackup());
const SMALL = tar(file('PG_VERSION', '15\n'), smallTar().subarray(0, -1024));
const GZIP = gzipSync(SMALL);
const BASE = [file('./backup_label', 'START'), file('./PG_VERSION', '15\n')];

describe('openBackup', () => {
  it.each(CUTS)('reads a backup stream that comes $name', async ({ cut }) => {
    const { frames, error } = await gather(openBackup(lend(STREAM, cut)));
    expect(error).toBeUndefined();
    expect(frames).toEqual(joinData(smallBackup()));
  });

  it.each(CUTS)('reads a tar that comes $name', async ({ cut }) => {
    // Names of one letter, too, that could be the type of a message.
    const archives = [SMALL, ...['S', 'T', 'N', 'E', '\x1f'].map((name) => tar(file(name, 'x'), ...BASE))];
    for (const bytes of archives) {
      const { frames, error } = await gather(openBackup(lend(bytes, cut)));
      expect(error).toBeUndefined();
      expect(frames).toEqual(completed([...archive('base.tar', '', bytes), { type: 'end' }]));
    }
  });

  it.each(CUTS)('reads a compressed tar that comes $name', async ({ cut }) => {
    const { frames, error } = await gather(openBackup(lend(GZIP, cut)));
    expect(error).toBeUndefined();
    expect(frames).toEqual(completed([...archive('base.tar.gz', '', GZIP), { type: 'end' }]));
  });

  it.each(CUTS)('knows lz4 and zstd that come $name', async ({ cut }) => {
    for (const [magic, suffix] of [
      ['04224d18', 'lz4'],
      ['28b52ffd', 'zst'],
    ] as const) {
      const bytes = Buffer.concat([Buffer.from(magic, 'hex'), Buffer.alloc(20)]);
      const { error } = await gather(openBackup(lend(bytes, cut)));
      expect((error as Error).message).toContain(`could not decompress archive "base.tar.${suffix}"`);
    }
  });

  it('gives the first frames of a stream before a block of it has come', async () => {
    const input = (async function* () {
      yield STREAM.subarray(0, 60);
      throw new Error('asked for more than was needed');
    })();
    const { value } = await openBackup(input).next();
    expect(value).toMatchObject({ type: 'parameter' });
  });

  it('takes empty input for a stream that was cut', async () => {
    const { error } = await gather(openBackup(lend(Buffer.alloc(0), randomly(1))));
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({ message: 'stream ended before its end', detail: 'Nothing was received.' });
  });

  it.each([
    ['text', Buffer.from('Permission denied, please try again.\n'.repeat(30))],
    ['a short text', Buffer.from('ssh: no route to host\n')],
    ['zeros', Buffer.alloc(2000)],
    ['a tar that is cut in its first header', SMALL.subarray(0, 400)],
    ['a tar with a changed byte in its first header', patched(header({ path: 'x' }), 257, 'rats')],
    ['the beginning of a gzip file', GZIP.subarray(0, 1)],
  ])('refuses %s', async (_name, bytes) => {
    for (const { cut } of CUTS) {
      const { error, frames } = await gather(openBackup(lend(bytes, cut)));
      expect(error).toBeInstanceOf(BackupError);
      expect(frames).toEqual([]);
    }
  });

  it('never calls a backup whole that is cut', async () => {
    for (const bytes of [STREAM, SMALL, GZIP]) {
      const random = randomFrom(bytes.length);
      for (let count = 0; count < 100; count++) {
        const { error } = await gather(
          openBackup(lend(bytes.subarray(0, random(bytes.length)), randomly(count, 600))),
        );
        expect(error).toBeInstanceOf(BackupError);
      }
    }
  });

  it.each([
    { name: 'of nothing', bytes: Buffer.alloc(1024), missing: 'backup_label' },
    { name: 'of a tablespace', bytes: tar(file('PG_15_202209061/5/1', '')), missing: 'backup_label' },
    { name: 'without a version', bytes: tar(file('backup_label', '')), missing: 'PG_VERSION' },
    { name: 'without a label', bytes: tar(file('PG_VERSION', '')), missing: 'backup_label' },
    { name: 'with a directory for a label', bytes: tar(directory('backup_label')), missing: 'backup_label' },
  ])('gives no end to the tar $name', async ({ bytes, missing }) => {
    const forms: { name: string; whole: Buffer }[] = [{ name: 'base.tar.gz', whole: gzipSync(bytes) }];
    if (bytes.some((byte) => byte !== 0)) forms.push({ name: 'base.tar', whole: bytes });
    for (const { name, whole } of forms) {
      const { error, frames } = await gather(openBackup(lend(whole, randomly(1))));
      expect(error).toEqual(new BackupError(`archive "${name}" lacks file "${missing}"`));
      expect(frames.find(({ type }) => type === 'end')).toBeUndefined();
    }
  });

  it('closes the input when the consumer gives up', async () => {
    for (const bytes of [STREAM, SMALL, GZIP]) {
      const input = new Endless(bytes);
      for await (const _frame of openBackup(input)) break;
      expect(input.closed).toBe(true);
    }
  });
});
