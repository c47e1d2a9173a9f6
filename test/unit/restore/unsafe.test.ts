/** Archives that no server sends: refused, and nothing outside the directory is touched. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { archive, backupFrames } from '../../support/frames.ts';
import { directory, END, file, header, symlink, tar } from '../tar/build.ts';
import { baseMembers, cluster, paths, scratch, tablespaceTar, tryExtract } from './cluster.ts';

interface Row {
  readonly name: string;
  readonly members: readonly Buffer[];
  readonly complaint: RegExp;
}

const rows: readonly Row[] = [
  { name: 'an absolute path', members: [file('/evil', '')], complaint: /unsafe name.*absolute/ },
  { name: 'a path that leads out', members: [file('../evil', '')], complaint: /unsafe name.*"\.\."/ },
  {
    name: 'a path that leads out further down',
    members: [file('base/../../evil', '')],
    complaint: /unsafe name/,
  },
  { name: 'a directory outside', members: [directory('../evil')], complaint: /unsafe name/ },
  { name: 'an empty component', members: [file('base//evil', '')], complaint: /unsafe name/ },
  {
    name: 'a link to a directory outside',
    members: [symlink('pg_wal2', '/tmp')],
    complaint: /unexpected symbolic link "pg_wal2"/,
  },
  {
    name: 'a link in pg_tblspc to what was not listed',
    members: [symlink('pg_tblspc/16384', '/tmp')],
    complaint: /unexpected symbolic link "pg_tblspc\/16384"/,
  },
  {
    name: 'a link, and a file below it',
    members: [symlink('a', '/tmp'), file('a/evil', '')],
    complaint: /unexpected symbolic link/,
  },
  {
    name: 'a hard link',
    members: [header({ path: 'a', type: '1', linkTarget: 'PG_VERSION' })],
    complaint: /hard link/,
  },
  { name: 'a device', members: [header({ path: 'a', type: '3' })], complaint: /character device/ },
  { name: 'a FIFO', members: [header({ path: 'a', type: '6' })], complaint: /FIFO/ },
  { name: 'a file twice', members: [file('PG_VERSION', '16\n')], complaint: /"PG_VERSION".* collides/ },
  {
    name: 'a file twice, in another spelling',
    members: [file('./PG_VERSION', '16\n')],
    complaint: /"PG_VERSION".* collides/,
  },
  {
    name: 'a file in the place of a directory',
    members: [file('global', '')],
    complaint: /"global".* collides/,
  },
  { name: 'a directory twice', members: [directory('global')], complaint: /"global".* collides/ },
  {
    name: 'a file below a file',
    members: [file('PG_VERSION/evil', '')],
    complaint: /"PG_VERSION\/evil".* collides/,
  },
  {
    name: 'a file, and a directory of the same name',
    members: [file('x', ''), directory('x')],
    complaint: /"x".* collides/,
  },
  {
    name: 'a directory, and a file of the same name',
    members: [directory('x'), file('x', '')],
    complaint: /"x".* collides/,
  },
  {
    name: 'a directory under the name of a file further up',
    members: [file('x', ''), directory('x/y')],
    complaint: /"x\/y".* collides/,
  },
  {
    name: 'a file in the place of pg_wal, and WAL',
    members: [file('pg_wal/x', ''), file('pg_wal/x/y', '')],
    complaint: /"pg_wal\/x\/y".* collides/,
  },
  ...['tablespace_map', 'global/pg_control', 'backup_manifest'].flatMap((name) => [
    {
      name: `a directory in the place of ${name}`,
      members: [directory(name)],
      complaint: new RegExp(`"${name}" is a directory`),
    },
    {
      name: `a file below ${name}`,
      members: [file(`${name}/x`, '')],
      complaint: new RegExp(`"${name}" is a directory`),
    },
  ]),
  {
    name: 'a manifest among its members',
    members: [file('backup_manifest', '')],
    complaint: /unexpected file "backup_manifest"/,
  },
];

describe('base.tar', () => {
  it.each(rows)('is refused with $name', async ({ members, complaint }) => {
    const folder = scratch();
    writeFileSync(join(folder, 'evil'), '');
    const { error } = await tryExtract(folder, cluster({ members }));
    expect(error).toBeInstanceOf(BackupError);
    expect((error as Error).message).toMatch(complaint);
    expect(paths(folder)).toEqual(['evil']);
  });

  it.each(['backup_label', 'PG_VERSION', 'global/pg_control'])('is refused without %s', async (name) => {
    const folder = scratch();
    const members = baseMembers({}).filter(
      (member) => member.toString('utf8', 0, member.indexOf(0)) !== name,
    );
    const { error } = await tryExtract(
      folder,
      backupFrames({ copy: archive('base.tar', '', tar(...members)) }),
    );
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty('message', `archive "base.tar" lacks file "${name}"`);
    expect(paths(folder)).toEqual([]);
  });

  it('is refused with members where a tablespace is linked', async () => {
    const folder = scratch();
    const tablespaces = [{ oid: 16384, location: join(folder, 'ts') }];
    const { error } = await tryExtract(
      folder,
      cluster({ tablespaces, members: [directory('pg_tblspc/16384')] }),
    );
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty(
      'message',
      expect.stringContaining('has members where a tablespace is linked'),
    );
    expect(paths(folder)).toEqual([]);
  });

  it('may have files with names like temporary ones', async () => {
    const folder = scratch();
    const names = ['backup_manifest.partial', 'global/pg_control.partial'];
    const frames = cluster({ members: names.map((name) => file(name, 'stray')) });
    expect(await tryExtract(folder, frames)).toHaveProperty('summary');
    for (const name of names) expect(readFileSync(join(folder, 'data', name), 'utf8')).toBe('stray');
  });

  it('must be there', async () => {
    const { error } = await tryExtract(scratch(), [{ type: 'end' }]);
    expect(error).toEqual(new BackupError('archive "base.tar" is missing'));
  });
});

describe('an archive', () => {
  const base = archive('base.tar', '', tar(...baseMembers({})));
  it.each<{ name: string; copy: Frame[]; complaint: string }>([
    {
      name: 'is cut short',
      copy: archive('base.tar', '', ...baseMembers({})),
      complaint: 'archive "base.tar" is cut short',
    },
    {
      name: 'is cut short before the manifest',
      copy: [...archive('base.tar', '', ...baseMembers({})), { type: 'manifest' }],
      complaint: 'archive "base.tar" is cut short',
    },
    {
      name: 'has WAL that is cut short',
      copy: [...archive('pg_wal.tar', '', header({ path: 'a' })), ...base],
      complaint: 'archive "pg_wal.tar" is cut short',
    },
    {
      name: 'was not announced',
      copy: archive('16384.tar', '/a', tablespaceTar(16384)),
      complaint: 'tablespace 16384 was not announced',
    },
    {
      name: 'has a name that is none',
      copy: archive('../base.tar', '', END),
      complaint: 'unexpected archive name "../base.tar"',
    },
  ])('is refused if it $name', async ({ copy, complaint }) => {
    const folder = scratch();
    const { error } = await tryExtract(folder, backupFrames({ copy }));
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty('message', complaint);
    expect(paths(folder)).toEqual([]);
  });

  it.each(['base.tar.gz', 'base.tar.lz4', 'pg_wal.tar.zst'])(
    'is refused if it is not compressed as it says: %s',
    async (name) => {
      const folder = scratch();
      const { error } = await tryExtract(folder, backupFrames({ copy: archive(name, '', 'plain') }));
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toHaveProperty('message', expect.stringContaining(`archive "${name}"`));
      expect(paths(folder)).toEqual([]);
    },
  );

  it('of a tablespace may have no links at all', async () => {
    const folder = scratch();
    const location = join(folder, 'ts');
    const copy = archive('16384.tar', location, tar(symlink('pg_tblspc/16384', location)));
    const { error } = await tryExtract(
      folder,
      backupFrames({ tablespaces: [{ oid: 16384, location }], copy }),
    );
    expect(error).toHaveProperty(
      'message',
      'unexpected symbolic link "pg_tblspc/16384" in archive "16384.tar"',
    );
    expect(paths(folder)).toEqual([]);
  });

  it('does not reach through what somebody else puts into its way', async () => {
    const folder = scratch();
    mkdirSync(join(folder, 'elsewhere'));
    const frames = (async function* (): AsyncGenerator<Frame, void, undefined> {
      for (const frame of cluster()) {
        if (frame.type === 'data') writeFileSync(join(folder, 'data/PG_VERSION'), 'not ours');
        yield frame;
      }
    })();
    const { error } = await tryExtract(folder, frames);
    const reason = `could not create file "${folder}/data/PG_VERSION": File exists`;
    expect(error).toHaveProperty('detail', `The system says: ${reason}.`);
  });
});
