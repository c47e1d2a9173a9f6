import { describe, expect, it } from 'vitest';
import { BEGINNING_BYTES, couldBeginStream } from '../../../lib/stream/beginning.ts';
import { encodeAbort } from '../../../lib/stream/encode.ts';
import { backupFrames, encodeAll, notice, smallBackup } from '../../support/frames.ts';
import { file, tar } from '../tar/build.ts';

const STREAMS: readonly (readonly [string, Buffer])[] = [
  ['a stream of bb-stream', encodeAll(smallBackup())],
  ['a recording of a server', encodeAll(backupFrames({ copy: [] }))],
  ['a notice', encodeAll([notice('checkpoint took long'), ...smallBackup()])],
  ['an abort', Buffer.concat(encodeAbort(new Error('no such server')))],
];

describe('couldBeginStream', () => {
  it.each(STREAMS)('takes %s for one, however little of it has come', (_name, stream) => {
    for (let bytes = 0; bytes <= 20; bytes++) expect(couldBeginStream(stream.subarray(0, bytes))).toBe(true);
  });

  it.each([
    ['text', Buffer.from('SELECT 1;')],
    ['text in UTF-16', Buffer.from('Server', 'utf16le')],
    ['text in UTF-32', Buffer.from('T\0\0\0e\0\0\0x\0\0\0t\0\0\0', 'latin1')],
    ['numbers', Buffer.from('S\0\0\0\x04\0\0\0', 'latin1')],
    ['a tar whose first member has a short name', tar(file('S', ''))],
    ['a long first message', Buffer.from('N\0\x01\0\0Snotice', 'latin1')],
    ['a message that comes later', Buffer.from('d\0\0\0\x10nbase.tar', 'latin1')],
    ['a row of one column', Buffer.from('T\0\0\0\x10\0\x01recptr', 'latin1')],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0])],
  ])('does not take %s for one', (_name, head) => {
    expect(couldBeginStream(head.subarray(0, BEGINNING_BYTES))).toBe(false);
    expect(couldBeginStream(head)).toBe(false);
  });
});
