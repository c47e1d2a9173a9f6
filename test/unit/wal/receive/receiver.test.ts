/**
 * The client of START_REPLICATION, fed with messages as the manual has them, cut in every way. Only the
 * transport is made up here; real servers are in test/integration/wal-*.test.ts.
 */

import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import type { Connection } from '../../../../lib/libpq/connect/connection.ts';
import { ServerError } from '../../../../lib/libpq/connect/server-error.ts';
import type { Report } from '../../../../lib/stream/server-report.ts';
import { Conversation } from '../../../../lib/wal/receive/conversation.ts';
import { type NextTimeline, receiveWal, startReceiving } from '../../../../lib/wal/receive/receiver.ts';
import * as messages from '../../../support/messages.ts';
import { CUTS, type Cut, rechunk, whole } from '../../../support/rechunk.ts';
import { untilTrue } from '../../../support/wait.ts';

const START = 0x2000000n;
const OPTIONS = { lsn: START, timeline: 1, slot: 'a b', statusIntervalS: 10, flushed: () => 0n };

const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const CopyBoth = () => messages.message('W', Buffer.of(0), messages.int16(0));
const ReadyForQuery = () => messages.message('Z', Buffer.from('I'));
const XLogData = (start: bigint, data: string) =>
  messages.CopyData('w', int64(start), int64(start + 100n), int64(0n), Buffer.from(data));
const Keepalive = (reply: 0 | 1) => messages.CopyData('k', int64(START), int64(0n), Buffer.of(reply));
const Error58P01 = () =>
  messages.ErrorResponse({ S: 'ERROR', V: 'ERROR', C: '58P01', M: 'requested WAL segment has gone' });

interface Outcome {
  readonly wal: string;
  readonly next: NextTimeline | undefined;
  readonly sent: string;
  readonly notices: Report[];
}

function converse(received: Buffer, cut: Cut = whole, hold = false) {
  const sent: Buffer[] = [];
  const notices: Report[] = [];
  const source = rechunk(received, cut);
  const socket = new Duplex({
    async read() {
      const { value, done } = await source.next();
      if (!done) this.push(value.length > 0 ? value : Buffer.alloc(0));
      else if (!hold) this.push(null);
    },
    write(_chunk, _encoding, done) {
      done();
    },
  });
  const connection = {
    takeSocket: () => socket,
    send: (bytes: Buffer) => sent.push(Buffer.from(bytes)),
    close: async () => {},
  } as unknown as Connection;
  return { conversation: new Conversation(connection, (notice) => notices.push(notice)), sent, notices };
}

async function receive(received: Buffer, cut: Cut = whole): Promise<Outcome> {
  const { conversation, sent, notices } = converse(received, cut);
  await startReceiving(conversation, OPTIONS);
  let wal = '';
  let next: NextTimeline | undefined;
  for await (const received of receiveWal(conversation, OPTIONS)) {
    if (Buffer.isBuffer(received)) wal += received.toString();
    else next = received;
  }
  return { wal, next, sent: sent.map((bytes) => bytes.toString('latin1', 0, 1)).join(''), notices };
}

const END = [
  messages.CopyDone(),
  messages.RowDescription('next_tli', 'next_tli_startpos'),
  messages.DataRow('2', '0/2000010'),
  messages.CommandComplete('START_STREAMING'),
  ReadyForQuery(),
];

const TIMELINE = Buffer.concat([
  messages.NoticeResponse({ S: 'NOTICE', V: 'NOTICE', C: '00000', M: 'hello' }),
  CopyBoth(),
  XLogData(START, 'one '),
  Keepalive(0),
  Keepalive(1),
  messages.ParameterStatus('in_hot_standby', 'off'),
  XLogData(START + 4n, 'two '),
  XLogData(START + 8n, 'three'),
  ...END,
]);

describe('receiveWal', () => {
  it.each(CUTS)('gives the WAL and the next timeline, received $name', async ({ cut }) => {
    const { wal, next, sent, notices } = await receive(TIMELINE, cut);
    expect(wal).toBe('one two three');
    expect(next).toEqual({ timeline: 2, lsn: 0x2000010n });
    // The command, a first update, the answer to the one keepalive that asks for it, CopyDone.
    expect(sent).toBe('Qddc');
    expect(notices.map(({ message }) => message)).toEqual(['hello']);
  });

  it('asks for the position, the timeline and the slot', async () => {
    const { conversation, sent } = converse(TIMELINE);
    await startReceiving(conversation, OPTIONS);
    expect(sent[0]?.toString()).toContain('START_REPLICATION SLOT "a b" PHYSICAL 0/2000000 TIMELINE 1\0');
  });

  it.each([
    { name: 'a gap', received: [XLogData(START + 1n, 'x')], complaint: 'WAL from 0/2000001 where 0/2000000' },
    { name: 'no WAL in the message', received: [XLogData(START, '')], complaint: 'WAL data of 0 bytes' },
    {
      name: 'another kind',
      received: [messages.CopyData('x')],
      complaint: 'unknown kind of WAL message "x"',
    },
    { name: 'an empty message', received: [messages.message('d')], complaint: 'unknown kind of WAL message' },
    { name: 'a short keepalive', received: [messages.CopyData('k')], complaint: 'keepalive of 1 bytes' },
    { name: 'another type', received: [messages.message('!')], complaint: 'unknown message type' },
    { name: 'a row', received: [messages.DataRow('1')], complaint: 'unexpected message where WAL should be' },
    {
      name: 'more WAL than a server sends',
      received: [XLogData(START, 'x'.repeat(2 ** 20 + 1))],
      complaint: 'WAL data of 1048577 bytes',
    },
    {
      name: 'a timeline that is not the next',
      received: [messages.CopyDone(), messages.DataRow('1', '0/1'), ReadyForQuery()],
      complaint: 'unexpected next timeline 1, following timeline 1',
    },
  ])('refuses $name', async ({ received, complaint }) => {
    const failing = receive(Buffer.concat([CopyBoth(), ...received]));
    await expect(failing).rejects.toThrow(BackupError);
    await expect(failing).rejects.toThrow(complaint);
  });

  it('throws what the server reports, before the start and behind it', async () => {
    await expect(receive(Error58P01())).rejects.toThrow(ServerError);
    await expect(receive(Buffer.concat([CopyBoth(), Error58P01()]))).rejects.toThrow(
      'could not receive write-ahead log: ERROR:  requested WAL segment has gone',
    );
  });

  it('takes the end of the connection, and of the command, for no end of WAL', async () => {
    await expect(receive(CopyBoth())).rejects.toThrow('server closed the connection unexpectedly');
    await expect(receive(Buffer.concat([CopyBoth(), messages.CommandComplete('COPY 0')]))).rejects.toThrow(
      'server ended it at 0/2000000',
    );
  });

  it('sends updates while nobody takes the WAL', async () => {
    const { conversation, sent } = converse(Buffer.concat([CopyBoth(), XLogData(START, 'one')]), whole, true);
    await startReceiving(conversation, { ...OPTIONS, statusIntervalS: 0 });
    const source = receiveWal(conversation, {
      ...OPTIONS,
      statusIntervalS: 0,
      flushed: (written) => written,
    });
    await source.next();
    const before = sent.length;
    await untilTrue('two updates are sent', () => sent.length >= before + 2);
    const update = sent.at(-1) ?? Buffer.alloc(0);
    expect(update.length).toBe(1 + 4 + 34);
    expect(update.toString('latin1', 5, 6)).toBe('r');
    expect([6, 14, 22].map((at) => update.readBigUInt64BE(at))).toEqual([START, START, 0n]);
    const microseconds = Number(update.readBigInt64BE(30));
    expect(Math.abs(Date.UTC(2000, 0, 1) + microseconds / 1000 - Date.now())).toBeLessThan(10_000);
    await source.return();
  });
});
