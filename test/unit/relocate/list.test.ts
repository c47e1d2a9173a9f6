/** The list of tablespaces, for which no more is read than needs be. */

import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { listStream, listTar } from '../../../lib/relocate/list.ts';
import { decode } from '../../../lib/stream/decode.ts';
import { CUTS, every, lend, whole } from '../../support/rechunk.ts';
import { baseTar, streamBytes } from './build.ts';

const TABLESPACES = [
  { oid: 16384, location: '/srv/a b=c' },
  { oid: 16385, location: '/srv/"first" second\\' },
  { oid: 16386, location: 'pg_tblspc/16386' },
];
const STREAM = streamBytes({ tablespaces: TABLESPACES });

/** The bytes up to a place, and then an error for who asks for more. */
async function* upTo(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, length);
  throw new Error('asked for more than was needed');
}

describe('listStream', () => {
  it.each(CUTS)('gives OID, location and bytes, $name', async ({ cut }) => {
    expect(String(await listStream(decode(lend(STREAM, cut))))).toBe(
      '16384\t/srv/a b=c\t1263616\n' +
        '16385\t"/srv/\\"first\\" second\\\\"\t1263616\n' +
        '16386\tpg_tblspc/16386\t1263616\n',
    );
  });

  it('reads the list and no more', async () => {
    const head = STREAM.indexOf(Buffer.from('H\0\0\0'));
    expect(String(await listStream(decode(upTo(STREAM, head))))).toMatch(/^16384\t/);
    await expect(listStream(decode(lend(STREAM.subarray(0, head - 40), whole)))).rejects.toThrow(BackupError);
  });

  it('is empty where there are none', async () => {
    expect(String(await listStream(decode(lend(streamBytes({ tablespaces: [] }), whole))))).toBe('');
  });
});

describe('listTar', () => {
  const LINES = '16384\t/srv/a b=c\t-\n16385\t"/srv/\\"first\\" second\\\\"\t-\n';

  it.each(CUTS)('gives OID and location, $name', async ({ cut }) => {
    for (const has of ['map', 'links', 'both'] as const) {
      expect(String(await listTar(lend(baseTar({ tablespaces: TABLESPACES, has }), cut)))).toBe(LINES);
    }
  });

  it('reads tablespace_map and no more', async () => {
    expect(String(await listTar(upTo(baseTar({ tablespaces: TABLESPACES }), 2048)))).toBe(LINES);
  });

  it('reads to the end where there is none, which must be there', async () => {
    const bytes = baseTar({ tablespaces: TABLESPACES, has: 'links' });
    await expect(listTar(lend(bytes.subarray(0, -1024), every(500)))).rejects.toThrow(BackupError);
    expect(String(await listTar(lend(baseTar({ tablespaces: [], has: 'neither' }), whole)))).toBe('');
  });
});
