/** METHOD[:DETAIL], and what pg_basebackup says of what is none. */

import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { parseCompression } from '../../../../lib/tool/compress/compression.ts';

describe('parseCompression', () => {
  it.each([
    { text: 'gzip', choice: { method: 'gzip' } },
    { text: 'lz4', choice: { method: 'lz4' } },
    { text: 'zstd', choice: { method: 'zstd' } },
    { text: 'none', choice: { method: 'none' } },
    { text: '0', choice: { method: 'none' } },
    { text: '00', choice: { method: 'none' } },
    { text: 'none:0', choice: { method: 'none' } },
    { text: '6', choice: { method: 'gzip', level: 6 } },
    { text: '+6', choice: { method: 'gzip', level: 6 } },
    { text: '-1', choice: { method: 'gzip' } },
    { text: 'gzip:9', choice: { method: 'gzip', level: 9 } },
    { text: 'gzip:level=6', choice: { method: 'gzip', level: 6 } },
    { text: 'gzip:-1', choice: { method: 'gzip' } },
    { text: 'lz4:0', choice: { method: 'lz4' } },
    { text: 'lz4:12', choice: { method: 'lz4', level: 12 } },
    { text: 'zstd:3', choice: { method: 'zstd' } },
    { text: 'zstd:22', choice: { method: 'zstd', level: 22 } },
    { text: 'zstd:-131072', choice: { method: 'zstd', level: -131072 } },
    { text: 'zstd:level= 5', choice: { method: 'zstd', level: 5 } },
    { text: 'zstd:level=1,level=2', choice: { method: 'zstd', level: 2 } },
    { text: 'zstd:level=9,workers=4', choice: { method: 'zstd', level: 9, workers: 4 } },
    { text: 'zstd:workers=0', choice: { method: 'zstd', workers: 0 } },
    { text: 'zstd:workers=-1,long', choice: { method: 'zstd', workers: -1, long: true } },
    { text: 'zstd:long=YES', choice: { method: 'zstd', long: true } },
    { text: 'zstd:long=on', choice: { method: 'zstd', long: true } },
    { text: 'zstd:long=1', choice: { method: 'zstd', long: true } },
    { text: 'zstd:long=No', choice: { method: 'zstd', long: false } },
    { text: 'zstd:long=off', choice: { method: 'zstd', long: false } },
    { text: 'zstd:long=0', choice: { method: 'zstd', long: false } },
    { text: 'client-zstd:level=1,workers=2', choice: { method: 'zstd', level: 1, workers: 2 } },
    { text: 'client-5', choice: { method: 'gzip', level: 5 } },
  ])('reads "$text"', ({ text, choice }) => {
    expect(parseCompression(text)).toEqual(choice);
  });

  const ofGzip = 'compression algorithm "gzip" expects a compression level between 1 and 9 (default at -1)';
  it.each([
    { text: '10', reason: ofGzip },
    { text: '-2', reason: ofGzip },
    { text: 'gzip:0', reason: ofGzip },
    { text: 'gzip:99999999999999999999', reason: ofGzip },
    {
      text: 'lz4:13',
      reason: 'compression algorithm "lz4" expects a compression level between 1 and 12 (default at 0)',
    },
    {
      text: 'zstd:level=23',
      reason:
        'compression algorithm "zstd" expects a compression level between -131072 and 22 (default at 3)',
    },
    { text: 'none:1', reason: 'compression algorithm "none" does not accept a compression level' },
    { text: 'none:workers=1', reason: 'compression algorithm "none" does not accept a worker count' },
    { text: 'gzip:workers=2', reason: 'compression algorithm "gzip" does not accept a worker count' },
    { text: 'lz4:level=1,workers=2', reason: 'compression algorithm "lz4" does not accept a worker count' },
    { text: 'gzip:long', reason: 'compression algorithm "gzip" does not support long-distance mode' },
    { text: 'lz4:long=off', reason: 'compression algorithm "lz4" does not support long-distance mode' },
    { text: 'zstd:', reason: 'found empty string where a compression option was expected' },
    { text: 'zstd:level=3,', reason: 'found empty string where a compression option was expected' },
    { text: 'zstd:,long', reason: 'found empty string where a compression option was expected' },
    { text: 'zstd:=3', reason: 'found empty string where a compression option was expected' },
    { text: 'zstd:levle=3', reason: 'unrecognized compression option: "levle"' },
    { text: 'zstd:Level=3', reason: 'unrecognized compression option: "Level"' },
    { text: 'zstd:3x', reason: 'unrecognized compression option: "3x"' },
    { text: 'zstd:level', reason: 'compression option "level" requires a value' },
    { text: 'zstd:level=', reason: 'value for compression option "level" must be an integer' },
    { text: 'zstd:level=3 ', reason: 'value for compression option "level" must be an integer' },
    { text: 'zstd:level=3=4', reason: 'value for compression option "level" must be an integer' },
    { text: 'zstd:workers', reason: 'compression option "workers" requires a value' },
    { text: 'zstd:workers=two', reason: 'value for compression option "workers" must be an integer' },
    { text: 'zstd:long=', reason: 'value for compression option "long" must be a Boolean value' },
    { text: 'zstd:long=true', reason: 'value for compression option "long" must be a Boolean value' },
  ])('refuses "$text"', ({ text, reason }) => {
    expect(() => parseCompression(text)).toThrow(
      new UsageError(`invalid compression specification: ${reason}`),
    );
  });

  it.each(['', 'bzip2', 'ZSTD', 'zstd ', ' zstd', 'toString', 'client-', 'client-client-zstd'])(
    'does not know "%s"',
    (text) => {
      const name = text.replace('client-', '');
      expect(() => parseCompression(text)).toThrow(
        new UsageError(`unrecognized compression algorithm: "${name}"`),
      );
    },
  );

  it('leaves compression at the server to bb-stream', () => {
    expect(() => parseCompression('server-zstd:1')).toThrow(
      expect.objectContaining({
        message: 'cannot compress at the server: "server-zstd:1"',
        hint: 'Use bb-stream -Z server-zstd:1.',
      }),
    );
  });
});
