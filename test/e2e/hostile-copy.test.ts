/** Servers that send nonsense in place of a backup or WAL, and servers that stop sending. */

import { describe, expect, it } from 'vitest';
import * as messages from '../support/messages.ts';
import { untilTrue } from '../support/wait.ts';
import { check, head, MEGABYTE, questions, type Row, startStream } from './support/hostile.ts';
import {
  answer,
  BACKUP_START,
  request,
  result,
  type Script,
  TABLESPACES,
} from './support/scripted-server.ts';
import { stop } from './support/signalling.ts';

const { message, int16 } = messages;
const ROW = messages.DataRow('a'.repeat(1000));

const BACKUP = 'connection to server was lost during the backup: malformed backup stream';
const TOO_MUCH = 'server sent more than 16777216 bytes besides the contents of the backup';

const COPYING = Buffer.concat([
  BACKUP_START,
  TABLESPACES,
  messages.CopyOutResponse(),
  messages.NewArchive('base.tar', ''),
  messages.Contents('contents'),
]);
const LIST_BEGINS = messages.RowDescription('spcoid', 'spclocation', 'size');

/** Returns rows of the list, each with another tablespace. */
function manyTablespaces(): () => Buffer {
  let oid = 16384;
  const row = () => messages.DataRow(String(oid), `/ts/${oid++}`, null);
  return () => Buffer.concat(Array.from({ length: 1000 }, row));
}

const BACKUPS: readonly Omit<Row, 'at'>[] = [
  {
    name: 'garbage for its header',
    sends: Buffer.from('garbage'),
    says: `${BACKUP}: unknown message type`,
    detail: 'The message of type "g" begins at byte 0.',
  },
  {
    name: 'a message of 2 GiB',
    sends: Buffer.concat([BACKUP_START, head('T', 2 ** 31 - 1)]),
    says: `${BACKUP}: invalid message length 2147483647`,
    detail: `The message of type "T" begins at byte ${BACKUP_START.length}.`,
  },
  {
    name: 'an error without fields',
    sends: message('E'),
    says: `${BACKUP}: message is too short`,
    detail: 'The message of type "E" begins at byte 0.',
  },
  {
    name: 'tablespaces without end',
    sends: { first: Buffer.concat([BACKUP_START, LIST_BEGINS]), repeat: manyTablespaces() },
    says: `${BACKUP}: more than 65536 tablespaces`,
    detail: 'The message of type "D" begins at byte 2162864.',
  },
  {
    name: 'parameters without end',
    sends: { first: BACKUP_START, repeat: messages.ParameterStatus('a', 'b'.repeat(1000)) },
    says: TOO_MUCH,
  },
  {
    name: 'an error of a gigabyte',
    sends: { first: Buffer.concat([BACKUP_START, head('E', 2 ** 30)]), repeat: Buffer.alloc(MEGABYTE, 'M') },
    says: `${BACKUP}: invalid message length 1073741824`,
    detail: `The message of type "E" begins at byte ${BACKUP_START.length}.`,
  },
  {
    name: 'nonsense in the middle of the copy',
    sends: Buffer.concat([COPYING, Buffer.from('\xff nonsense', 'latin1')]),
    says: `${BACKUP}: unknown message type`,
    detail: `The message of type "\xff" begins at byte ${COPYING.length}.`,
  },
];

const WAL = 'could not receive write-ahead log: malformed backup stream';
const COPY_BOTH = message('W', Buffer.of(0), int16(0));

/** A backup on timeline 2 that does not end while WAL is received. */
const onTimeline2: Script = (question) => {
  const start = result(['recptr', 'tli'], ['0/2000028', '2']);
  const first = Buffer.concat([start, COPYING.subarray(BACKUP_START.length)]);
  const repeat = messages.Contents('x');
  return question.startsWith('BASE_BACKUP') ? { first, repeat, everyMs: 10 } : undefined;
};

/** The server's end of WAL on a timeline, and the next timeline. */
function timelineEnds(next: number): Buffer {
  const row = answer(['next_tli', 'next_tli_startpos'], [String(next), '0/2000000']);
  return Buffer.concat([COPY_BOTH, messages.CopyDone(), row]);
}

/** Every timeline ends at once. */
const manyTimelines: Script = (question) => {
  const [, timeline] = /^START.* TIMELINE (\d+)$/.exec(question) ?? [];
  if (timeline !== undefined) return timelineEnds(Number(timeline) + 1);
  return onTimeline2(question);
};

const WAL_CONNECTIONS: readonly Row[] = [
  {
    name: 'garbage',
    at: 'START_REPLICATION',
    sends: Buffer.from('garbage'),
    says: `${WAL}: unknown message type`,
    detail: 'The message of type "g" begins at byte 0.',
  },
  {
    name: 'an error without fields',
    at: 'START_REPLICATION',
    sends: message('E'),
    says: `${WAL}: message is too short`,
    detail: 'The message of type "E" begins at byte 0.',
  },
  {
    name: 'garbage among the WAL',
    at: 'START_REPLICATION',
    sends: Buffer.concat([COPY_BOTH, messages.CopyData('?')]),
    also: onTimeline2,
    says: `${WAL}: unknown kind of WAL message "?"`,
    detail: 'The message of type "d" begins at byte 129.',
  },
  {
    name: 'a message of 2 GiB',
    at: 'START_REPLICATION',
    sends: Buffer.concat([COPY_BOTH, head('d', 2 ** 31 - 1)]),
    also: onTimeline2,
    says: `${WAL}: invalid message length 2147483647`,
    detail: 'The message of type "d" begins at byte 129.',
  },
  {
    name: 'a history that is copied',
    at: 'TIMELINE_HISTORY',
    sends: { repeat: messages.CopyData('x') },
    also: onTimeline2,
    says: `${WAL}: unexpected message where rows should be`,
    detail: 'The message of type "d" begins at byte 0.',
  },
  {
    name: 'a history without end',
    at: 'TIMELINE_HISTORY',
    sends: { first: messages.RowDescription('a'), repeat: ROW },
    also: onTimeline2,
    says: `${WAL}: result of more than 1048576 bytes`,
    detail: 'The message of type "D" begins at byte 1048434.',
  },
  {
    name: 'timelines without end',
    at: '',
    sends: undefined,
    also: manyTimelines,
    says: 'could not receive write-ahead log: server changed its timeline more than 64 times',
  },
];

/** Commands that a server may leave unanswered. */
const SILENCES = [
  'startup',
  'password',
  'IDENTIFY_SYSTEM',
  'SHOW',
  'CREATE_REPLICATION_SLOT',
  'BASE_BACKUP',
  'TIMELINE_HISTORY',
  'START_REPLICATION',
];

describe('bb-stream, of a server that sends for a backup', () => {
  it.each(BACKUPS)('$name', (row) => check({ ...row, at: 'BASE_BACKUP' }));
});

describe('bb-stream, of a server that sends on the connection for WAL', () => {
  it.each(WAL_CONNECTIONS)('$name', (row) => check({ ...row, options: [] }));
});

describe('bb-stream, of a server that falls silent', () => {
  it.each(SILENCES)('at %s, ends by the first signal', async (at) => {
    const also: Script = (question) => (question === 'startup' ? request(3) : onTimeline2(question));
    const stream = await startStream({ at, sends: 'silence', also, options: [] });
    await untilTrue('it waits', () => questions().some((question) => question.startsWith(at)));
    expect((await stop(stream, 'SIGTERM')).status).toBe(143);
  });
});
