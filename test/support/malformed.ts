/**
 * A table test for malformed streams: good messages, a bad one, the complaint about it. Here are the good messages that
 * lead to each position in a stream where something can go wrong, as the manual describes them.
 */

import { expect, it } from 'vitest';
import { BackupError } from '../../lib/errors/backup-error.ts';
import { decode } from '../../lib/stream/decode.ts';
import { quoted } from '../../lib/terminal/visible.ts';
import { smallBackup, spellAll } from './frames.ts';
import { gather } from './gather.ts';
import * as messages from './messages.ts';
import { CUTS, lend } from './rechunk.ts';

/** The messages before the bad one, the bad message, and the complaint. Later messages must not matter. */
export type Row = readonly [name: string, before: readonly Buffer[], bad: Buffer, complaint: string];

const {
  CommandComplete,
  Contents,
  CopyDone,
  CopyOutResponse,
  DataRow,
  Manifest,
  NewArchive,
  RowDescription,
} = messages;

export const POSITION = RowDescription('recptr', 'tli');
export const START = [POSITION, DataRow('0/2000028', '1'), CommandComplete('SELECT')];
export const TABLESPACE = DataRow('16384', '/srv/ts', null);
export const DATA_DIRECTORY = DataRow(null, null, null);
export const LIST = [...START, RowDescription('spcoid', 'spclocation', 'size')];
export const LISTED = [...LIST, TABLESPACE, DATA_DIRECTORY, CommandComplete('SELECT')];
export const COPY = [...LISTED, CopyOutResponse()];
export const IN_TABLESPACE = [...COPY, NewArchive('16384.tar', '/srv/ts'), Contents('tablespace')];
export const IN_BASE = [...IN_TABLESPACE, NewArchive('base.tar', ''), Contents('data directory')];
export const IN_MANIFEST = [...IN_BASE, Manifest(), Contents('{}')];
export const COPIED = [...IN_MANIFEST, CopyDone()];
export const STOPPED = [...COPIED, POSITION, DataRow('0/2000100', '1'), CommandComplete('SELECT')];
export const ENDED = [...STOPPED, CommandComplete('BASE_BACKUP')];

/** One test for each row: with every cut, all good messages are delivered, and the complaint names type and offset. */
export function itComplains(rows: readonly Row[]): void {
  it.each(rows)('complains of %s', async (_name, before, bad, complaint) => {
    const stream = Buffer.concat([...before, bad, spellAll(smallBackup())]);
    const offset = Buffer.concat(before).length;
    for (const { cut } of CUTS) {
      const { error, bytes } = await gather(decode(lend(stream, cut)));
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({
        message: `malformed backup stream: ${complaint}`,
        detail: `The message of type ${quoted(bad.toString('latin1', 0, 1))} begins at byte ${offset}.`,
      });
      expect(bytes.equals(stream.subarray(0, offset))).toBe(true);
    }
  });
}
