import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { AbortError } from '../../../lib/stream/abort.ts';
import { decode } from '../../../lib/stream/decode.ts';
import { encode, encodeAbort } from '../../../lib/stream/encode.ts';
import { smallBackup, spellAll } from '../../support/frames.ts';
import { gather } from '../../support/gather.ts';
import { ErrorResponse } from '../../support/messages.ts';
import { CUTS, lend, randomly, whole } from '../../support/rechunk.ts';

/** A report with every field that a server sends, those that bb does not read included. */
const ABORT = ErrorResponse({
  S: 'FEHLER',
  V: 'ERROR',
  C: 'XX001',
  M: 'checksum verification failure during base backup',
  D: 'Two pages.',
  H: 'Look at the disk.',
  F: 'basebackup.c',
  L: '360',
  R: 'perform_base_backup',
});
const FRAMES = smallBackup();
/** The numbers of frames after which an abort may come: all but the end. */
const PLACES = FRAMES.map((_, place) => place);

const failure = async (stream: Buffer, cut = whole) => (await gather(decode(lend(stream, cut)))).error;

describe('an abort', () => {
  it.each(PLACES)('is thrown with its fields and its bytes after frame %i', async (place) => {
    const stream = Buffer.concat([spellAll(FRAMES.slice(0, place)), ABORT]);
    for (const { cut } of CUTS) {
      const error = await failure(stream, cut);
      expect(error).toBeInstanceOf(AbortError);
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({
        message: 'backup was aborted upstream: checksum verification failure during base backup',
        detail: 'Two pages.',
        hint: undefined,
        report: { severity: 'ERROR', code: 'XX001', hint: 'Look at the disk.' },
      });
      expect(Buffer.concat(encodeAbort(error)).equals(ABORT)).toBe(true);
    }
  });

  it('comes after all frames that were sent before it', async () => {
    const before = FRAMES.slice(0, 15);
    const { bytes } = await gather(decode(lend(Buffer.concat([spellAll(before), ABORT]), whole)));
    expect(bytes).toEqual(spellAll(before));
  });

  it('is none after the end', async () => {
    expect(await failure(Buffer.concat([spellAll(FRAMES), ABORT]))).toMatchObject({
      name: 'BackupError',
      message: 'malformed backup stream: data after the end of the backup',
    });
  });

  it('needs no field at all', async () => {
    expect(await failure(ErrorResponse({}))).toMatchObject({
      message: 'backup was aborted upstream: ',
      report: { severity: 'ERROR', code: '', message: '' },
      detail: undefined,
      hint: undefined,
    });
  });

  it('takes the severity of servers that send but one', async () => {
    expect(await failure(ErrorResponse({ S: 'FATAL', M: 'bye' }))).toMatchObject({
      report: { severity: 'FATAL' },
    });
  });
});

describe('encodeAbort', () => {
  const carried = async (error: unknown) => failure(Buffer.concat(encodeAbort(error)));

  it.each([
    [
      'a BackupError',
      new BackupError('cut', { detail: 'Here.', hint: 'Again.' }),
      { code: '58030', message: 'cut', detail: 'Here.', hint: 'Again.' },
    ],
    [
      'a TroubleError',
      new TroubleError('could not connect'),
      { code: '58030', message: 'could not connect' },
    ],
    [
      'an error of the server',
      Object.assign(new Error('no slot'), { code: '53400' }),
      { code: '53400', message: 'no slot' },
    ],
    [
      'a system error, whose code is no SQLSTATE',
      Object.assign(new Error('write'), { code: 'EPIPE' }),
      { code: '58030', message: 'write' },
    ],
    ['a text', 'boom', { code: '58030', message: 'boom' }],
    ['nothing', undefined, { code: '58030', message: 'undefined' }],
  ])('tells of %s', async (_name, error, report) => {
    expect(await carried(error)).toMatchObject({
      name: 'AbortError',
      report: { severity: 'ERROR', ...report },
    });
  });

  it('passes on the abort that led to an error', () => {
    const abort = new AbortError({ severity: 'ERROR', code: '', message: '' }, [ABORT]);
    expect(encodeAbort(new BackupError('server found corrupted data', { cause: abort }))).toBe(abort.wire);
  });

  it('can be read whatever the message says', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.integer(), async (text, seed) => {
        const error = await failure(Buffer.concat(encodeAbort(new Error(text))), randomly(seed, 9));
        expect(error).toMatchObject({ name: 'AbortError', report: { message: text.replaceAll('\0', '') } });
      }),
    );
  });
});

describe('a notice', () => {
  it('is passed on with its fields', async () => {
    const report = { severity: 'WARNING', code: '01000', message: 'slow', detail: 'Very.', hint: 'Wait.' };
    const stream = Buffer.concat([...encode({ type: 'notice', report }), spellAll(FRAMES)]);
    const { frames } = await gather(decode(lend(stream, whole)));
    expect(frames[0]).toEqual({ type: 'notice', report });
  });
});
