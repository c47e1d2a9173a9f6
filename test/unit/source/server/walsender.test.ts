/** A backup over a connection that answers from a recording; real servers are in test/integration. */

import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import type { Connection } from '../../../../lib/libpq/connect/connection.ts';
import { ServerError } from '../../../../lib/libpq/connect/server-error.ts';
import { type BaseBackupOptions, baseBackup } from '../../../../lib/libpq/replication/commands.ts';
import { walsender } from '../../../../lib/source/server/walsender.ts';
import type { Frame } from '../../../../lib/stream/frame.ts';
import { InterruptedError } from '../../../../lib/terminal/signals.ts';
import { type Gathered, gather } from '../../../support/gather.ts';
import * as messages from '../../../support/messages.ts';

const OPTIONS: BaseBackupOptions = {
  label: 'test',
  progress: true,
  checkpoint: 'fast',
  wal: false,
  wait: false,
  tablespaceMap: true,
  verifyChecksums: true,
  manifest: 'yes',
};
const ANSWERS: Readonly<Record<string, string>> = {
  IDENTIFY_SYSTEM: '7300000000000000001',
  'SHOW block_size': '8192',
  'SHOW wal_segment_size': '16MB',
  'SHOW data_checksums': 'on',
};
const PARAMETERS = {
  system_identifier: '7300000000000000001',
  block_size: '8192',
  wal_segment_size: `${16 * 1024 ** 2}`,
  data_checksums: 'on',
};
const ReadyForQuery = () => messages.message('Z', Buffer.from('I'));

function recording(major: number): Buffer {
  return readFileSync(new URL(`../../../fixtures/base-backup-${major}.bin`, import.meta.url));
}

/** Answers queries from a table, and the command with bytes; then it is silent, or hangs up. */
class FakeConnection {
  readonly serverVersion: { readonly number: number; readonly text: string };
  readonly sent: string[] = [];
  readonly socket = new PassThrough({ highWaterMark: 1024 ** 2 });
  readonly #reply: Buffer;
  readonly #hangsUp: boolean;
  readonly #answers: Readonly<Record<string, string>>;
  cancelled = 0;

  constructor(major: number, reply: Buffer, { hangsUp = false, answers = ANSWERS } = {}) {
    this.serverVersion = { number: major * 10000, text: `${major}.0` };
    this.#reply = reply;
    this.#hangsUp = hangsUp;
    this.#answers = answers;
  }

  async queryRow(sql: string): Promise<readonly string[]> {
    return [this.#answers[sql] ?? ''];
  }

  takeSocket(): PassThrough {
    return this.socket;
  }

  send(bytes: Buffer): void {
    this.sent.push(bytes.toString('latin1', 5, bytes.length - 1));
    this.socket.write(this.#reply);
    if (this.#hangsUp) this.socket.end();
  }

  async cancel(): Promise<void> {
    this.cancelled++;
    throw new Error('nobody listens');
  }
}

function take(connection: FakeConnection, signal = new AbortController().signal): Promise<Gathered> {
  return gather(walsender(connection as unknown as Connection, OPTIONS, signal));
}

/** The whole reply, up to its archives, and an error. */
function failing(code: string, more: Readonly<Record<string, string>> = {}): Buffer {
  const fields = { S: 'ERROR', V: 'ERROR', C: code, M: 'checksum verification failure', ...more };
  const reply = recording(18);
  return Buffer.concat([
    reply.subarray(0, reply.indexOf('BASE_BACKUP\0') - 5),
    messages.ErrorResponse(fields),
    ReadyForQuery(),
  ]);
}

describe('walsender', () => {
  it.each([13, 14, 15, 18])('takes a backup from a server %d', async (major) => {
    const connection = new FakeConnection(major, Buffer.concat([recording(major), ReadyForQuery()]));
    const { frames, error } = await take(connection);
    expect(error).toBeUndefined();
    expect(connection).toMatchObject({ sent: [baseBackup(OPTIONS, major * 10000)], cancelled: 0 });
    const parameters = frames.flatMap((frame) => (frame.type === 'parameter' ? [frame] : []));
    const named = Object.entries({ server_version: `${major}.0`, ...PARAMETERS });
    expect(parameters.map(({ name, value }) => [name, value])).toEqual(named);
    const [copy] = frames.flatMap((frame) => (frame.type === 'copy' ? [frame] : []));
    expect([...(copy?.head.parameters ?? [])]).toEqual(named);
    expect(frames.at(-1)).toEqual({ type: 'end' });
  });

  it.each([
    ['64MB', `${64 * 1024 ** 2}`],
    ['1GB', `${1024 ** 3}`],
    ['1048576B', '1048576'],
    ['2097152', '2097152'],
  ])('reads the size of WAL segments %s', async (size, bytes) => {
    const answers = { ...ANSWERS, 'SHOW wal_segment_size': size };
    const { frames } = await take(new FakeConnection(18, recording(18), { answers }));
    expect(frames).toContainEqual({ type: 'parameter', name: 'wal_segment_size', value: bytes });
  });

  it.each(['', '16TB', '3MB', '2GB', 'MB'])('refuses the size of WAL segments %j', async (size) => {
    const answers = { ...ANSWERS, 'SHOW wal_segment_size': size };
    const connection = new FakeConnection(18, recording(18), { answers });
    const { error } = await take(connection);
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toMatchObject({ message: `server reported invalid WAL segment size "${size}"` });
    expect(connection.sent).toEqual([]);
  });

  it('says what the server says when it refuses', async () => {
    const refusal = messages.ErrorResponse({ S: 'ERROR', V: 'ERROR', C: '55000', M: 'in recovery' });
    const { error } = await take(new FakeConnection(18, refusal));
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({
      message: 'could not take base backup: ERROR:  in recovery',
      report: { code: '55000' },
    });
  });

  it('takes a late complaint about pages as one about the backup', async () => {
    const { error, frames } = await take(new FakeConnection(18, failing('XX001', { H: 'Look at it.' })));
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({
      message: 'server found corrupted data: checksum verification failure',
      hint: 'Look at it.',
    });
    expect(frames.at(-1)?.type).toBe('result-end');
  });

  it.each([
    ['in the archives', 300],
    ['in a message', 17],
    ['before anything', 0],
  ])('is trouble when the connection ends %s', async (_where, bytes) => {
    const connection = new FakeConnection(18, recording(18).subarray(0, bytes), { hangsUp: true });
    const { error } = await take(connection);
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toMatchObject({
      message: 'connection to server was lost during the backup: server closed the connection unexpectedly',
    });
    expect(connection.cancelled).toBe(1);
  });

  it('is trouble when the reply makes no sense', async () => {
    const { error } = await take(new FakeConnection(18, messages.message('x')));
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toMatchObject({
      message:
        'connection to server was lost during the backup: malformed backup stream: unknown message type',
      detail: 'The message of type "x" begins at byte 0.',
    });
  });

  it('is trouble when the server sends too much beside the backup', async () => {
    const notice = messages.NoticeResponse({
      S: 'NOTICE',
      V: 'NOTICE',
      C: '00000',
      M: 'x'.repeat(1024 ** 2),
    });
    const { error } = await take(
      new FakeConnection(18, Buffer.concat(Array.from({ length: 17 }, () => notice))),
    );
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^server sent more than 16777216 bytes/) });
  });

  it('cancels the command when whoever reads it leaves', async () => {
    const connection = new FakeConnection(18, recording(18));
    const frames = walsender(connection as unknown as Connection, OPTIONS, new AbortController().signal);
    const seen: Frame['type'][] = [];
    for await (const { type } of frames) {
      seen.push(type);
      if (type === 'archive') break;
    }
    expect(seen.at(-1)).toBe('archive');
    expect(connection.cancelled).toBe(1);
  });

  it('cancels the command when it is interrupted while the server is silent', async () => {
    const connection = new FakeConnection(18, recording(18).subarray(0, 300));
    const stop = new AbortController();
    setTimeout(() => stop.abort(new InterruptedError('SIGTERM')), 20);
    const { error } = await take(connection, stop.signal);
    expect(error).toBeInstanceOf(InterruptedError);
    expect(connection.cancelled).toBe(1);
  });
});
