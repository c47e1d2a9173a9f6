/** What bb-compress takes its input for, however it comes. */

import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import { Output } from '../../../../lib/io/output.ts';
import { AbortError } from '../../../../lib/stream/abort.ts';
import { decode } from '../../../../lib/stream/decode.ts';
import { encodeAbort } from '../../../../lib/stream/encode.ts';
import { Messages } from '../../../../lib/terminal/messages.ts';
import type { CompressTask } from '../../../../lib/tool/compress/compress-options.ts';
import { runCompressTask } from '../../../../lib/tool/compress/run-compress.ts';
import { Progress } from '../../../../lib/tool/progress.ts';
import { encodeAll, smallBackup } from '../../../support/frames.ts';
import { gather } from '../../../support/gather.ts';
import { CUTS, type Cut, lend, whole } from '../../../support/rechunk.ts';
import { file, smallTar, tar } from '../../tar/build.ts';

const STREAM = encodeAll(smallBackup());
const GZIP: CompressTask = {
  kind: 'compress',
  settings: { method: 'gzip' },
  strict: false,
  progress: 'none',
};
const COPY: CompressTask = { kind: 'copy', progress: 'none' };
const DECOMPRESS: CompressTask = { kind: 'decompress', progress: 'none' };

/** Keeps what it is given. */
class Kept extends Output {
  readonly #pieces: Buffer[] = [];

  constructor() {
    super(new AbortController().signal);
  }

  override async write(buffers: readonly Buffer[]): Promise<void> {
    this.#pieces.push(Buffer.concat(buffers));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

async function runTask(
  task: CompressTask,
  input: Buffer,
  cut: Cut,
): Promise<{ bytes: Buffer; error: unknown }> {
  const output = new Kept();
  const { signal } = new AbortController();
  const messages = new Messages('bb-test');
  const progress = new Progress(messages, 'none');
  const context = { output, messages, progress, signal };
  const error = await runCompressTask(task, lend(input, cut), context).catch((caught: unknown) => caught);
  return { bytes: output.bytes, error };
}

describe('runCompressTask', () => {
  it.each(CUTS)('takes a stream for one that comes $name', async ({ cut }) => {
    const { bytes, error } = await runTask(GZIP, STREAM, cut);
    expect(error).toBeUndefined();
    const { frames, error: malformed } = await gather(decode(lend(bytes, whole)));
    expect(malformed).toBeUndefined();
    expect(frames.map((frame) => frame.type === 'archive' && frame.name)).toContain('base.tar.gz');
    const back = await runTask(DECOMPRESS, bytes, cut);
    expect((await gather(decode(lend(back.bytes, whole)))).error).toBeUndefined();
    expect((await runTask(COPY, STREAM, cut)).bytes.equals(STREAM)).toBe(true);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['the first bytes of a stream', STREAM.subarray(0, 4)],
    ['a letter', Buffer.from('S')],
    ['text in UTF-16', Buffer.from('SELECT 1;', 'utf16le')],
    ['a tar', smallTar()],
    ['a tar with a short name in it', tar(file('N', 'x'))],
    ['a compressed file', gzipSync('text')],
  ])('takes for a file, however it comes: %s', async (_name, input) => {
    for (const { cut } of CUTS) {
      const { bytes, error } = await runTask(GZIP, input, cut);
      expect(error).toBeUndefined();
      expect(gunzipSync(bytes).equals(input)).toBe(true);
      expect((await runTask(DECOMPRESS, bytes, cut)).bytes.equals(input)).toBe(true);
      expect((await runTask(COPY, input, cut)).bytes.equals(input)).toBe(true);
    }
  });

  it.each([5, 6, 7, 100, STREAM.length - 1])(
    'ends a stream that is cut after %d bytes in an abort',
    async (length) => {
      for (const task of [GZIP, COPY, DECOMPRESS]) {
        for (const { cut } of CUTS) {
          const { bytes, error } = await runTask(task, STREAM.subarray(0, length), cut);
          expect(error).toMatchObject({ message: 'stream ended before its end' });
          const { error: downstream } = await gather(decode(lend(bytes, whole)));
          expect(downstream).toBeInstanceOf(AbortError);
        }
      }
    },
  );

  it('passes on an abort as it came', async () => {
    const abort = Buffer.concat(encodeAbort(new Error('no such server')));
    for (const task of [GZIP, COPY, DECOMPRESS]) {
      const { bytes, error } = await runTask(task, abort, whole);
      expect(error).toBeInstanceOf(AbortError);
      expect(bytes.equals(abort)).toBe(true);
    }
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('SELECT 1;')],
    ['the beginning of a gzip file', gzipSync('').subarray(0, 1)],
    ['a tar', smallTar()],
  ])('does not decompress %s', async (_name, input) => {
    for (const { cut } of CUTS) {
      const { bytes, error } = await runTask(DECOMPRESS, input, cut);
      expect(bytes.length).toBe(0);
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({
        message: 'could not decompress standard input: it is neither gzip, lz4 nor zstd',
      });
    }
  });
});
