/** Replies of real servers 13 and 14, made by test/fixtures/record.ts, become what version 15 would have sent. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import { LegacyTranslator } from '../../../../lib/source/server/legacy.ts';
import { AbortError } from '../../../../lib/stream/abort.ts';
import { CUT_SHORT, decode } from '../../../../lib/stream/decode.ts';
import type { Frame } from '../../../../lib/stream/frame.ts';
import { ARCHIVE_END } from '../../../../lib/tar/reader.ts';
import { type Gathered, gather, joinData } from '../../../support/gather.ts';
import * as messages from '../../../support/messages.ts';
import { CUTS, type Cut, lend, randomFrom, whole } from '../../../support/rechunk.ts';

const RECORDINGS = [13, 14].map((major) => ({
  major,
  recording: readFileSync(new URL(`../../../fixtures/base-backup-${major}.bin`, import.meta.url)),
}));

const TYPES = [
  ...['columns', 'start', 'result-end'],
  ...['columns', 'tablespace', 'tablespace', 'tablespace', 'result-end', 'copy'],
  ...['archive', 'data', 'archive-end'],
  ...['archive', 'data', 'archive-end'],
  ...['archive', 'data', 'archive-end'],
  ...['manifest', 'data', 'manifest-end', 'copy-done'],
  ...['columns', 'stop', 'result-end', 'end'],
];

function read(reply: Buffer, cut: Cut = whole): Promise<Gathered> {
  return gather(decode(lend(reply, cut), { translator: new LegacyTranslator() }));
}

/** The frames without the server's notices, which stand between contents too. */
function steps(frames: readonly Frame[]): Frame[] {
  return joinData(frames.filter(({ type }) => type !== 'notice'));
}

/** The contents of the archives and of the manifest, one after the other. */
function contents(frames: readonly Frame[]): Buffer[] {
  return steps(frames).flatMap((frame) => (frame.type === 'data' ? [Buffer.concat(frame.parts)] : []));
}

/** Where each message of a reply ends. */
function ends(reply: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at < reply.length; found.push(at)) at += 1 + reply.readInt32BE(at + 1);
  return found;
}

describe.each(RECORDINGS)('the reply of a server $major', ({ recording }) => {
  it.each(CUTS)('has the frames of a backup $name', async ({ cut }) => {
    const { frames, error } = await read(recording, cut);
    expect(error).toBeUndefined();
    expect(steps(frames).map(({ type }) => type)).toEqual(TYPES);
  });

  it('is the stream of version 15 on the wire', async () => {
    const { frames, bytes } = await read(recording);
    const again = await gather(decode(lend(bytes, whole)));
    expect(again).toEqual({ frames, bytes, error: undefined });
  });

  it('names the archives after the tablespaces', async () => {
    const { frames } = await read(recording);
    const listed = frames.flatMap((frame) => (frame.type === 'tablespace' ? [frame] : []));
    const archives = frames.flatMap((frame) => (frame.type === 'archive' ? [frame] : []));
    expect(archives.map(({ name, location }) => ({ name, location }))).toEqual(
      listed.map(({ oid, location }) => ({ name: `${oid ?? 'base'}.tar`, location: location ?? '' })),
    );
    expect(listed.map(({ location }) => location)).toEqual([
      expect.stringMatching(/^\/.*\/fast$/),
      expect.stringMatching(/^\/.*\/größe = 1$/),
      null,
    ]);
  });

  it('ends each archive with the blocks that the server leaves out, and not the manifest', async () => {
    const whole = contents((await read(recording)).frames);
    const endsAsTar = whole.map((one) => one.subarray(-ARCHIVE_END.length).equals(ARCHIVE_END));
    expect(endsAsTar).toEqual([true, true, true, false]);
    expect(whole[2]?.toString('latin1')).toMatch(/^backup_label\0/);
    expect(whole[3]?.toString()).toMatch(/^\{ "PostgreSQL-Backup-Manifest-Version": 1,/);
  });

  it('is cut short wherever it ends too early', async () => {
    const random = randomFrom(1);
    const cuts = [
      ...ends(recording).slice(0, -1),
      ...Array.from({ length: 50 }, () => random(recording.length)),
    ];
    for (const end of cuts) {
      const { error } = await read(recording.subarray(0, end));
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({ message: CUT_SHORT });
    }
  });

  it('may have a notice or an abort between any two messages', async () => {
    for (const end of ends(recording).slice(0, -1)) {
      const [before, after] = [recording.subarray(0, end), recording.subarray(end)];
      const notice = messages.NoticeResponse({ S: 'WARNING', V: 'WARNING', C: '01000', M: 'be warned' });
      const { frames, error } = await read(Buffer.concat([before, notice, after]));
      expect(error).toBeUndefined();
      expect(steps(frames).map(({ type }) => type)).toEqual(TYPES);
      const abort = messages.ErrorResponse({ S: 'ERROR', V: 'ERROR', C: '57P01', M: 'terminating' });
      expect((await read(Buffer.concat([before, abort, after]))).error).toBeInstanceOf(AbortError);
    }
  });

  it('has nothing after its end', async () => {
    const { error } = await read(Buffer.concat([recording, messages.CommandComplete('SELECT')]));
    expect(error).toMatchObject({ message: 'malformed backup stream: data after the end of the backup' });
  });
});

describe('a reply without a manifest', () => {
  it('ends after its archives', async () => {
    const { frames, error } = await read(
      Buffer.concat([
        messages.RowDescription('recptr', 'tli'),
        messages.DataRow('0/2000028', '1'),
        messages.CommandComplete('SELECT'),
        messages.RowDescription('spcoid', 'spclocation', 'size'),
        messages.DataRow(null, null, null),
        messages.CommandComplete('SELECT'),
        messages.CopyOutResponse(),
        messages.message('d', Buffer.from('contents')),
        messages.CopyDone(),
        messages.RowDescription('recptr', 'tli'),
        messages.DataRow('0/2000100', '1'),
        messages.CommandComplete('SELECT'),
        messages.CommandComplete('SELECT'),
      ]),
    );
    expect(error).toBeUndefined();
    expect(contents(frames)).toEqual([Buffer.concat([Buffer.from('contents'), ARCHIVE_END])]);
    expect(frames.map(({ type }) => type)).not.toContain('manifest');
    expect(frames.at(-1)).toEqual({ type: 'end' });
  });
});
