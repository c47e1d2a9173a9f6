import { describe, expect, it } from 'vitest';
import { openCompressor } from '../../../lib/compress/compressor.ts';
import { convertBytes } from '../../../lib/compress/convert-bytes.ts';
import { COMPRESSION_SUFFIX, type Compression } from '../../../lib/compress/method.ts';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { openContents } from '../../../lib/source/open-contents.ts';
import { archive, backupFrames, completed, data, spellAll } from '../../support/frames.ts';
import { gather } from '../../support/gather.ts';
import { CUTS, every, lend, whole } from '../../support/rechunk.ts';
import { Endless } from '../../support/source.ts';
import { END, file, smallTar, tar } from '../tar/build.ts';

const METHODS = Object.keys(COMPRESSION_SUFFIX) as Compression[];
const SMALL = tar(file('PG_VERSION', '15\n'), smallTar().subarray(0, -END.length));
const MEMBERS = SMALL.subarray(0, SMALL.length - END.length);
const MANIFEST = '{ "PostgreSQL-Backup-Manifest-Version": 1 }\n';
const TAR = tar(MEMBERS, file('backup_manifest', MANIFEST));
const BACKUP = completed([
  ...archive('base.tar', '', SMALL),
  { type: 'manifest' },
  data(MANIFEST),
  { type: 'end' },
]);

async function compress(method: Compression, bytes: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of convertBytes(lend(bytes, whole), () => openCompressor({ method })))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

describe('openContents', () => {
  it.each(CUTS)('reads a stream that comes $name, and leaves its archives as they are', async ({ cut }) => {
    const all = backupFrames({ copy: archive('base.tar.gz', '', 'compressed') });
    const { frames, error } = await gather(openContents(lend(spellAll(all), cut)));
    expect(error).toBeUndefined();
    expect(frames).toEqual(all);
  });

  it.each(CUTS)('reads a tar that comes $name', async ({ cut }) => {
    const { frames, error } = await gather(openContents(lend(TAR, cut)));
    expect(error).toBeUndefined();
    expect(frames).toEqual(BACKUP);
  });

  describe.each(METHODS)('of a tar compressed with %s', (method) => {
    it.each(CUTS.slice(1, 4))('gives the same when it comes $name', async ({ cut }) => {
      const { frames, error } = await gather(openContents(lend(await compress(method, TAR), cut)));
      expect(error).toBeUndefined();
      expect(frames).toEqual(BACKUP);
    });

    it('refuses all that is cut', async () => {
      const bytes = await compress(method, TAR);
      // A thread is started for each try of zstd.
      const step = method === 'zstd' ? 100 : 7;
      for (let length = 0; length < bytes.length; length += step) {
        const { frames, error } = await gather(openContents(lend(bytes.subarray(0, length), every(50))));
        expect(error).toBeInstanceOf(BackupError);
        expect(frames.map(({ type }) => type)).not.toContain('end');
      }
      const cutInside = await compress(method, MEMBERS);
      expect((await gather(openContents(lend(cutInside, whole)))).error).toMatchObject({
        message: 'archive "base.tar" is cut short',
      });
    });

    it('closes the input when the consumer gives up, or it is damaged', async () => {
      const good = await compress(method, TAR);
      for (const bytes of [good, Buffer.concat([good.subarray(0, 12), Buffer.alloc(500_000, 0xff)])]) {
        const input = new Endless(bytes);
        try {
          for await (const { type } of openContents(input)) if (type === 'manifest') break;
        } catch (error) {
          expect(error).toBeInstanceOf(BackupError);
        }
        expect(input.closed).toBe(true);
      }
    });
  });
});

describe('convertBytes', () => {
  it.each(METHODS)('makes a file of nothing, too: %s', async (method) => {
    const bytes = await compress(method, Buffer.alloc(0));
    expect(bytes.length).toBeGreaterThan(0);
  });

  it('closes the input when no codec can be opened', async () => {
    const input = new Endless(Buffer.from('bytes'));
    const open = () => Promise.reject(new Error('no codec'));
    await expect(convertBytes(input, open).next()).rejects.toThrow('no codec');
    expect(input.closed).toBe(true);
  });
});
