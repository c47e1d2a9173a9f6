import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type BaseHead, readBaseHead } from '../../../../lib/source/stored/base-head.ts';
import { directory, file, symlink, tar } from '../../tar/build.ts';

const LABEL = 'START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\nSTART TIMELINE: 1\n';

function head(archive: Buffer): Promise<BaseHead> {
  const stored = {
    name: 'base.tar',
    archive: { kind: 'base' as const },
    path: '/backup/base.tar',
    bytes: archive.length,
    async *open() {
      yield* Readable.from([archive]);
    },
  };
  return readBaseHead(stored, new AbortController().signal);
}

describe('readBaseHead', () => {
  it('reads label and map', async () => {
    const map = '16384 /srv/ts\n';
    expect(await head(tar(file('backup_label', LABEL), file('tablespace_map', map), file('x', '')))).toEqual({
      label: {
        start: 0x2000028n,
        timeline: 1,
        incremental: false,
        previous: undefined,
        startTime: undefined,
      },
      tablespaces: new Map([[16384, '/srv/ts']]),
    });
  });

  it('reads the links with which the backup of a stopped server begins', async () => {
    const members = [directory('pg_tblspc'), symlink('pg_tblspc/16384', '/srv/ts'), directory('base')];
    expect(await head(tar(...members, symlink('pg_tblspc/16385', '/late')))).toEqual({
      label: undefined,
      tablespaces: new Map([[16384, '/srv/ts']]),
    });
  });

  it('reads the links that stand in place of a map', async () => {
    const members = [directory('pg_tblspc'), symlink('pg_tblspc/16384', '/srv/ts'), directory('base')];
    expect((await head(tar(file('backup_label', LABEL), ...members))).tablespaces).toEqual(
      new Map([[16384, '/srv/ts']]),
    );
  });

  it.each([
    { name: 'the archive of a tablespace', archive: tar(directory('PG_15_202209061'), file('x', '')) },
    {
      name: 'an archive in another order',
      archive: tar(file('PG_VERSION', '18\n'), file('backup_label', LABEL)),
    },
  ])('refuses $name', async ({ archive }) => {
    await expect(head(archive)).rejects.toThrow('archive "base.tar" does not begin with "backup_label"');
  });
});
