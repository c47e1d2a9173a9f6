import { gzipSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import { COMPRESSION_SUFFIX } from '../../../lib/compress/method.ts';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { readCompressedTar } from '../../../lib/source/compressed-tar.ts';
import { archive, completed } from '../../support/frames.ts';
import { gather } from '../../support/gather.ts';
import { CUTS, every, lend, randomFrom, randomly, whole } from '../../support/rechunk.ts';
import { Endless } from '../../support/source.ts';
import { zstdFrame } from '../../support/zstd.ts';
import { END, file, smallTar, tar } from '../tar/build.ts';

const SMALL = smallTar();
const MEMBERS = SMALL.subarray(0, SMALL.length - END.length);
const GZIP = gzipSync(SMALL);
/** Larger than all buffers on the way, and not worth compressing. */
const NOISE = Buffer.from(Uint32Array.from({ length: 500_000 }, randomFrom(1).bind(null, 2 ** 32)).buffer);

describe('readCompressedTar', () => {
  it.each(CUTS)('gives a gzip file as it is when it comes $name', async ({ cut }) => {
    const { frames, error } = await gather(readCompressedTar('gzip', lend(GZIP, cut)));
    expect(error).toBeUndefined();
    expect(frames).toEqual(completed([...archive('base.tar.gz', '', GZIP), { type: 'end' }]));
  });

  it.each([
    ['a large file', gzipSync(tar(file('noise', NOISE)), { level: 1 })],
    ['a file that shrinks to nothing', gzipSync(tar(file('zeros', Buffer.alloc(50_000_000))), { level: 1 })],
    [
      'several members',
      Buffer.concat([gzipSync(MEMBERS.subarray(0, 3000)), gzipSync(MEMBERS.subarray(3000)), gzipSync(END)]),
    ],
    ['zeros after the end', Buffer.concat([GZIP, Buffer.alloc(10_000)])],
  ])('reads %s to the end', async (_name, bytes) => {
    const { frames, error } = await gather(readCompressedTar('gzip', lend(bytes, every(65_536))));
    expect(error).toBeUndefined();
    expect(frames.at(-1)).toEqual({ type: 'end' });
    expect(frames[1]).toMatchObject({ bytes: bytes.length });
  });

  it.each([
    [
      'that is cut',
      GZIP.subarray(0, GZIP.length - 1),
      `could not decompress archive "base.tar.gz": unexpected end of file at byte ${GZIP.length - 1}`,
    ],
    ['that is cut between members', gzipSync(MEMBERS), 'archive "base.tar.gz" is cut short'],
    [
      'with garbage at its end',
      Buffer.concat([GZIP, Buffer.from('garbage')]),
      'could not decompress archive "base.tar.gz": incorrect header check at byte 0',
    ],
    [
      'with a damaged byte',
      Buffer.from(GZIP).fill('x', GZIP.length - 6, GZIP.length - 5),
      'could not decompress archive "base.tar.gz": incorrect data check at byte 0',
    ],
    [
      'of something else',
      gzipSync('x'.repeat(2000)),
      'malformed archive "base.tar.gz": no tar header where one should be',
    ],
    [
      'of something else that is large',
      gzipSync(NOISE),
      'malformed archive "base.tar.gz": no tar header where one should be',
    ],
    ['of nothing', gzipSync(''), 'archive "base.tar.gz" is cut short'],
  ])('refuses a gzip file %s', async (_name, bytes, message) => {
    for (const cut of [whole, every(16_384), randomly(1, 30_000)]) {
      const { error, frames } = await gather(readCompressedTar('gzip', lend(bytes, cut)));
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({ message });
      expect(frames.map(({ type }) => type)).not.toContain('end');
    }
  });

  it.each([
    ['lz4', compressFrameSync(SMALL)],
    ['zstd', zstdFrame(SMALL)],
  ] as const)('gives a %s file as it is, and reads the tar in it', async (method, bytes) => {
    const name = `base.tar${COMPRESSION_SUFFIX[method]}`;
    const good = await gather(readCompressedTar(method, lend(bytes, every(100))));
    expect(good.error).toBeUndefined();
    expect(good.frames).toEqual(completed([...archive(name, '', bytes), { type: 'end' }]));
    const cut = await gather(readCompressedTar(method, lend(bytes.subarray(0, -1), whole)));
    expect(cut.error).toEqual(
      new BackupError(
        `could not decompress archive "${name}": unexpected end of file at byte ${bytes.length - 1}`,
      ),
    );
  });

  it('passes on what the input throws', async () => {
    const input = (async function* () {
      yield GZIP.subarray(0, 100);
      throw new TroubleError('connection lost');
    })();
    const { error } = await gather(readCompressedTar('gzip', input));
    expect(error).toEqual(new TroubleError('connection lost'));
  });

  it('closes the input when the consumer gives up', async () => {
    const input = new Endless(GZIP);
    for await (const { type } of readCompressedTar('gzip', input)) if (type === 'data') break;
    expect(input.closed).toBe(true);
  });
});
