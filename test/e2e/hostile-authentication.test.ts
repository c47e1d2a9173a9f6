/** Servers that send nonsense during authentication. */

import { describe, it } from 'vitest';
import * as messages from '../support/messages.ts';
import { check, DISAGREES, FAILED, head, LOST, type Row } from './support/hostile.ts';
import { AUTHENTICATED, READY, request, welcome } from './support/scripted-server.ts';

const { message, string, int16, int32 } = messages;
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const INVALID = `${FAILED}: received invalid authentication request`;

const BEFORE_AUTHENTICATION: readonly Omit<Row, 'at'>[] = [
  { name: 'an error without fields', sends: bytes('45 00000004'), says: `${FAILED}: ${DISAGREES} "E"` },
  {
    name: 'a notice',
    sends: bytes('4e 00000004'),
    says: `${FAILED}: expected authentication request from server, but received N`,
  },
  {
    name: 'an error without its end',
    sends: message('E', string('Mx')),
    says: `${FAILED}: ${DISAGREES} "E"`,
  },
  {
    name: 'an error whose text has no end',
    sends: message('E', Buffer.from('Mtext')),
    says: `${FAILED}: ${DISAGREES} "E"`,
  },
  {
    name: 'an error with more after its end',
    sends: message('E', Buffer.from('Mx\0\0y')),
    says: `${FAILED}: ${DISAGREES} "E"`,
  },
  {
    name: 'an error of no text',
    sends: message('E', Buffer.of(0)),
    says: `${FAILED}: ERROR:  missing error text`,
  },
  { name: 'a length of 0', sends: head('E', 0), says: `${FAILED}: ${LOST} "E", length 0` },
  { name: 'a negative length', sends: head('E', -1), says: `${FAILED}: ${LOST} "E", length -1` },
  {
    name: 'an error of 2 GiB',
    sends: head('E', 2 ** 31 - 1),
    says: `${FAILED}: ${LOST} "E", length 2147483647`,
  },
  {
    name: 'an error of 30,001 bytes',
    sends: head('E', 30_001),
    says: `${FAILED}: ${LOST} "E", length 30001`,
  },
  { name: 'a request of 2,001 bytes', sends: head('R', 2001), says: INVALID },
  { name: 'a request of 2 GiB', sends: head('R', 2 ** 31 - 1), says: INVALID },
  { name: 'a request of a negative length', sends: head('R', -5), says: INVALID },
  { name: 'a request of no length', sends: head('R', 4), says: INVALID },
  { name: 'a request cut in its kind', sends: message('R', int16(0)), says: INVALID },
  { name: 'a request for a hash without salt', sends: request(5), says: INVALID },
  { name: 'a request for a hash with half a salt', sends: request(5, int16(1)), says: INVALID },
  { name: 'a request for a password with more', sends: request(3, int32(0)), says: INVALID },
  { name: 'SASL without mechanisms', sends: request(10), says: INVALID },
  { name: 'SASL whose list has no end', sends: request(10, string('SCRAM-SHA-256')), says: INVALID },
  {
    name: 'another protocol',
    sends: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    says: `${FAILED}: expected authentication request from server, but received H`,
  },
  {
    name: 'a TLS record',
    sends: bytes('15 03010002 0228'),
    says: `${FAILED}: expected authentication request from server, but received 0x15`,
  },
  {
    name: 'readiness before anything else',
    sends: READY,
    says: `${FAILED}: expected authentication request from server, but received Z`,
  },
];

const AUTHENTICATION: readonly Row[] = [
  {
    name: 'one request after the other',
    at: 'password',
    sends: { repeat: request(3) },
    also: (question) => (question === 'startup' ? request(3) : undefined),
    says: `${FAILED}: server requested a cleartext password in the middle of authentication`,
  },
  {
    name: 'a cleartext password after SCRAM has begun',
    at: 'password',
    sends: request(3),
    also: (question) => (question === 'startup' ? request(10, Buffer.from('SCRAM-SHA-256\0\0')) : undefined),
    says: `${FAILED}: server requested a cleartext password in the middle of authentication`,
  },
  {
    name: '2^31 iterations',
    at: 'password',
    sends: request(11, Buffer.from('r=abc,s=c2FsdA==,i=2147483648')),
    also: (question) => (question === 'startup' ? request(10, Buffer.from('SCRAM-SHA-256\0\0')) : undefined),
    says: `${FAILED}: server requires 2147483648 iterations of SCRAM, which is more than the limit of 1000000`,
  },
  {
    name: 'SCRAM that goes on before it began',
    at: 'startup',
    sends: request(11, Buffer.from('r=abc,s=c2FsdA==,i=4096')),
    says: `${FAILED}: received authentication request out of order`,
  },
  {
    name: 'SCRAM that ends before its proof',
    at: 'startup',
    sends: Buffer.concat([request(10, Buffer.from('SCRAM-SHA-256\0\0')), request(12), welcome('18.1')]),
    says: `${FAILED}: received authentication request out of order`,
  },
  {
    name: 'a word now and then, for ever',
    at: 'startup',
    sends: { first: AUTHENTICATED, repeat: messages.ParameterStatus('a', 'b'), everyMs: 200 },
    options: ['-X', 'fetch', '-d', 'connect_timeout=2'],
    says: `${FAILED}: timeout expired`,
  },
  {
    name: 'nothing more after the password',
    at: 'password',
    sends: 'silence',
    also: (question) => (question === 'startup' ? request(3) : undefined),
    options: ['-X', 'fetch', '-d', 'connect_timeout=2'],
    says: `${FAILED}: timeout expired`,
  },
];

describe('bb-stream, of a server that sends before authentication', () => {
  it.each(BEFORE_AUTHENTICATION)('$name', (row) => check({ ...row, at: 'startup' }));
});

describe('bb-stream, of a server that sends during authentication', () => {
  it.each(AUTHENTICATION)('$name', check);
});
