/** Mappings and directories that do not fit are found before anything is written. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { parseTablespaceMapping } from '../../../lib/tool/tablespace-mapping.ts';
import { cluster, paths, scratch, tryExtract } from './cluster.ts';

interface Row {
  readonly name: string;
  /** Locations of tablespaces, relative to the scratch folder unless they are absolute. */
  readonly locations: readonly string[];
  /** OLD=NEW, both relative to the scratch folder. */
  readonly mappings?: readonly string[];
  readonly complaint: string;
}

const rows: readonly Row[] = [
  {
    name: 'a mapping of nothing',
    locations: ['a'],
    mappings: ['b=c'],
    complaint: 'no tablespace of the backup is in directory "#/b"',
  },
  {
    name: 'a mapping without tablespaces',
    locations: [],
    mappings: ['b=c'],
    complaint: 'no tablespace of the backup is in directory "#/b"',
  },
  {
    name: 'a mapping twice',
    locations: ['a'],
    mappings: ['a=b', 'a/=c'],
    complaint: 'directory "#/a" is mapped twice',
  },
  {
    name: 'two tablespaces in one place',
    locations: ['a', 'b'],
    mappings: ['a=c', 'b=c'],
    complaint: 'tablespace 16385 would share a directory with tablespace 16384',
  },
  {
    name: 'a tablespace in the place of another',
    locations: ['a', 'b'],
    mappings: ['a=b'],
    complaint: 'tablespace 16385 would share a directory with tablespace 16384',
  },
  {
    name: 'a tablespace in another',
    locations: ['a', 'a/b'],
    complaint: 'tablespace 16385 would lie in that of tablespace 16384',
  },
  {
    name: 'a tablespace around another',
    locations: ['a/b', 'a'],
    complaint: 'tablespace 16384 would lie in that of tablespace 16385',
  },
  {
    name: 'a tablespace in the data directory',
    locations: ['data/ts'],
    complaint: 'tablespace 16384 would lie in that of the data directory',
  },
  {
    name: 'a tablespace that is the data directory',
    locations: ['data'],
    complaint: 'tablespace 16384 would share a directory with the data directory',
  },
  {
    name: 'a tablespace around the data directory',
    locations: ['.'],
    complaint: 'the data directory would lie in that of tablespace 16384',
  },
  {
    name: 'the same place by another name',
    locations: ['link/x', 'real/x'],
    complaint: 'tablespace 16385 would share a directory with tablespace 16384',
  },
];

describe('places of tablespaces', () => {
  it.each(rows)('refuse $name', async ({ locations, mappings = [], complaint }) => {
    const folder = scratch();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    const tablespaces = locations.map((path, index) => ({
      oid: 16384 + index,
      location: join(folder, path),
    }));
    const texts = mappings.map((text) => text.replace(/^/, `${folder}/`).replace('=', `=${folder}/`));
    const { error } = await tryExtract(folder, cluster({ tablespaces }), {
      mappings: texts.map(parseTablespaceMapping),
    });
    expect(error).toBeInstanceOf(TroubleError);
    expect((error as Error).message.replaceAll(folder, '#')).toBe(complaint);
    expect(paths(folder)).toEqual(['link', 'real']);
  });

  it('lie beside each other with names that begin alike', async () => {
    const folder = scratch();
    const tablespaces = ['ts', 'ts-1', 'ts1', 'data-1'].map((name, index) => ({
      oid: 16384 + index,
      location: join(folder, name),
    }));
    expect(await tryExtract(folder, cluster({ tablespaces }))).toHaveProperty('summary');
  });

  it('are mapped in any spelling', async () => {
    const folder = scratch();
    const tablespaces = [{ oid: 16384, location: '/proc/none' }];
    const mappings = [parseTablespaceMapping(`/proc//none/=${folder}/ts/`)];
    expect(await tryExtract(folder, cluster({ tablespaces }), { mappings })).toHaveProperty('summary');
  });

  it.each([
    {
      location: 'pg_tblspc/16385',
      error: BackupError,
      message: 'tablespace 16384 has a location that is not absolute: "pg_tblspc/16385"',
    },
    {
      location: '../x',
      error: BackupError,
      message: 'tablespace 16384 has a location that is not absolute: "../x"',
    },
    ...['/srv/../etc', '/srv//ts', '/srv/./ts', '/srv/ts/'].map((location) => ({
      location,
      error: BackupError,
      message: `tablespace 16384 has a location that is not in normal form: "${location}"`,
    })),
    ...['/srv/a\nb', '/srv/\x1b[2J', '/srv/\x85'].map((location) => ({
      location,
      error: BackupError,
      message: `tablespace 16384 has a location that has a control character in it: "${location}"`,
    })),
    {
      location: '/srv/gr\ufffd\ufffde',
      error: TroubleError,
      message: 'location of tablespace 16384 is not encoded in UTF-8',
    },
  ])('are not at "$location"', async ({ location, error: kind, message }) => {
    const folder = scratch();
    const frames = cluster({ tablespaces: [{ oid: 16384, location }] });
    const { error } = await tryExtract(folder, frames);
    expect(error).toBeInstanceOf(kind);
    expect(error).toHaveProperty('message', message);
    expect(paths(folder)).toEqual([]);
  });
});

describe('directories', () => {
  it.each(['data', 'ts'])('must be empty: %s', async (name) => {
    const folder = scratch();
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'precious'), '');
    const tablespaces = [{ oid: 16384, location: join(folder, 'ts') }];
    const { error } = await tryExtract(folder, cluster({ tablespaces }));
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toHaveProperty('message', `directory "${folder}/${name}" exists but is not empty`);
    expect(paths(folder)).toEqual([name, `${name}/precious`]);
  });

  it('of a tablespace that is in use are refused, with what uses it and what to do', async () => {
    const folder = scratch();
    const location = join(folder, 'ts');
    mkdirSync(join(location, 'PG_15_202209061'), { recursive: true });
    const { error } = await tryExtract(folder, cluster({ tablespaces: [{ oid: 16384, location }] }));
    expect(error).toMatchObject({
      message: `directory "${location}" exists but is not empty`,
      detail: 'It is a tablespace of PostgreSQL 15.',
      hint: `Put tablespaces elsewhere, for example: -T ${location}=${folder}/data-tablespaces/16384`,
    });
    expect(paths(folder)).toEqual(['ts', 'ts/PG_15_202209061']);
  });

  it('of tablespaces that cannot be used are told together, with options that can be copied', async () => {
    const folder = scratch();
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full', 'precious'), '');
    writeFileSync(join(folder, 'a=file'), '');
    const locations = [join(folder, 'full'), join(folder, 'free'), join(folder, 'a=file')];
    const tablespaces = locations.map((location, index) => ({ oid: 16384 + index, location }));
    const before = paths(folder);
    const { error } = await tryExtract(folder, cluster({ tablespaces }));
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toMatchObject({
      message: 'could not use the directories of 2 tablespaces',
      detail:
        `Directory "${folder}/full" exists but is not empty. ` +
        `Could not access directory "${folder}/a=file": Not a directory.`,
      hint:
        'Put tablespaces elsewhere, for example: ' +
        `-T ${folder}/full=${folder}/data-tablespaces/16384 ` +
        `-T '${folder}/a\\=file=${folder}/data-tablespaces/16386'`,
    });
    expect(paths(folder)).toEqual(before);
    const copied = Array.from((error as TroubleError).hint?.matchAll(/-T (?:'([^']*)'|(\S+))/g) ?? []);
    const mappings = copied.map(([, quoted, plain = '']) => parseTablespaceMapping(quoted ?? plain));
    expect(await tryExtract(folder, cluster({ tablespaces }), { mappings })).toHaveProperty('summary');
  });

  it('of a server that runs are refused', async () => {
    const folder = scratch();
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data/PG_VERSION'), '15\n');
    writeFileSync(join(folder, 'data/postmaster.pid'), `${process.pid}\n`);
    const { error } = await tryExtract(folder, cluster());
    expect(error).toHaveProperty(
      'detail',
      `It is a data directory of PostgreSQL 15, and a server runs on it (PID ${process.pid}).`,
    );
  });

  it('are refused before the first frame is asked for', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'data'), '');
    let asked = false;
    const frames = (async function* () {
      asked = true;
      yield* cluster();
    })();
    const { error } = await tryExtract(folder, frames);
    expect(error).toHaveProperty('message', `could not access directory "${folder}/data": Not a directory`);
    expect(asked).toBe(false);
  });

  it('may have a slash behind their name', async () => {
    const folder = scratch();
    expect(await tryExtract(folder, cluster(), { directory: `${folder}//a/b/` })).toHaveProperty('summary');
    expect(paths(folder)).toContain('a/b/global/pg_control');
  });

  it('that cannot be made are told', async () => {
    const { error } = await tryExtract(scratch(), cluster(), { directory: '/proc/none/data' });
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/^could not create directory "\/proc\/none\/data": /),
    );
  });
});
