/** Servers that send nonsense after authentication, and as answers to commands. */

import { describe, it } from 'vitest';
import * as messages from '../support/messages.ts';
import { check, DISAGREES, ENDLESS, FAILED, head, LOST, MEGABYTE, type Row } from './support/hostile.ts';
import { AUTHENTICATED, answer, READY, result } from './support/scripted-server.ts';

const { message, string, int16, int32 } = messages;
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

type Sent = Buffer | { readonly first?: Buffer; readonly repeat: Buffer };

/** One after the other. */
function after(first: Buffer, sends: Sent): Sent {
  return Buffer.isBuffer(sends) ? Buffer.concat([first, sends]) : { ...sends, first };
}

const AFTER_AUTHENTICATION: readonly { name: string; sends: Sent; says: string }[] = [
  { name: 'garbage', sends: bytes('16 03010200 01fc'), says: `${LOST} "0x16", length 50397696` },
  { name: 'a message of 2 GiB', sends: head('D', 2 ** 31 - 1), says: `${LOST} "D", length 2147483647` },
  { name: 'a negative length', sends: head('S', -2), says: `${LOST} "S", length -2` },
  { name: 'a parameter cut short', sends: message('S', string('a')), says: `${DISAGREES} "S"` },
  { name: 'a key cut short', sends: message('K', int32(1)), says: `${DISAGREES} "K"` },
  { name: 'readiness without a status', sends: message('Z'), says: `${DISAGREES} "Z"` },
  { name: 'an error without fields', sends: message('E'), says: `${DISAGREES} "E"` },
  { name: 'copying both ways', sends: message('W', Buffer.of(0), int16(0)), says: `${LOST} "W", length 7` },
  { name: 'parameters without end', sends: { repeat: messages.ParameterStatus('a', 'b') }, says: ENDLESS },
  { name: 'a notice without fields', sends: bytes('4e 00000004'), says: `${DISAGREES} "N"` },
];

const COMMAND = 'could not send replication command "IDENTIFY_SYSTEM"';
const ROW = messages.DataRow('a'.repeat(1000));

const ANSWERS: readonly Row[] = [
  ...AFTER_AUTHENTICATION.map((row) => ({ ...row, at: 'IDENTIFY_SYSTEM', says: `${COMMAND}: ${row.says}` })),
  {
    name: 'an endless result',
    at: 'IDENTIFY_SYSTEM',
    sends: { first: messages.RowDescription('a'), repeat: ROW },
    says: `${COMMAND}: ${ENDLESS}`,
  },
  {
    name: 'a result of empty rows without end',
    at: 'IDENTIFY_SYSTEM',
    sends: { first: messages.RowDescription(), repeat: messages.DataRow() },
    says: `${COMMAND}: ${ENDLESS}`,
  },
  {
    name: 'a row that never ends',
    at: 'IDENTIFY_SYSTEM',
    sends: {
      first: Buffer.concat([messages.RowDescription('a'), head('D', 2 ** 30)]),
      repeat: Buffer.alloc(MEGABYTE),
    },
    says: `${COMMAND}: ${LOST} "D", length 1073741824`,
  },
  {
    name: 'an error that never ends',
    at: 'IDENTIFY_SYSTEM',
    sends: { first: head('E', 2 ** 30), repeat: Buffer.alloc(MEGABYTE, 'M') },
    says: `${COMMAND}: ${LOST} "E", length 1073741824`,
  },
  {
    name: 'a row without columns told before',
    at: 'IDENTIFY_SYSTEM',
    sends: ROW,
    says: `${COMMAND}: server sent data ("D" message) without prior row description ("T" message)`,
  },
  {
    name: 'a row of other columns',
    at: 'IDENTIFY_SYSTEM',
    sends: Buffer.concat([messages.RowDescription('a', 'b'), ROW]),
    says: `${COMMAND}: unexpected field count in "D" message`,
  },
  {
    name: 'a column longer than its row',
    at: 'IDENTIFY_SYSTEM',
    sends: Buffer.concat([messages.RowDescription('a'), message('D', int16(1), int32(2 ** 30))]),
    says: `${COMMAND}: ${DISAGREES} "D"`,
  },
  {
    name: 'a copy out',
    at: 'SHOW',
    sends: Buffer.concat([messages.CopyOutResponse(), messages.Contents('x')]),
    says: `could not send replication command "SHOW block_size": ${LOST} "H", length 7`,
  },
  {
    name: 'no row',
    at: 'IDENTIFY_SYSTEM',
    sends: READY,
    says:
      'could not make sense of the answer to replication command "IDENTIFY_SYSTEM": ' +
      'got 0 rows of 0 columns, expected 1 row of 4 or more columns',
  },
  {
    name: 'two results',
    at: 'IDENTIFY_SYSTEM',
    sends: Buffer.concat([result(['a'], ['1']), answer(['b'], ['1'], ['2'])]),
    says:
      'could not make sense of the answer to replication command "IDENTIFY_SYSTEM": ' +
      'got 2 rows of 1 columns, expected 1 row of 4 or more columns',
  },
  {
    name: 'a WAL segment size of nonsense',
    at: 'SHOW',
    sends: answer(['x'], ['12 parsecs']),
    says: 'server reported invalid WAL segment size "12 parsecs"',
  },
];

describe('bb-stream, of a server that sends after authentication', () => {
  it.each(AFTER_AUTHENTICATION)('$name', ({ name, sends, says }) =>
    check({ name, at: 'startup', sends: after(AUTHENTICATED, sends), says: `${FAILED}: ${says}` }),
  );
});

describe('bb-stream, of a server that sends in answer to a command', () => {
  it.each(ANSWERS)('$name', check);
});
