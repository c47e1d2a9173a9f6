/**
 * Everything that can happen to a backup, three ways: in a data directory, in a directory of tars and in a stream. Each
 * is found, and told with the name of the file that it happened to.
 */

import { rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { formatTablespaceMap } from '../../../lib/postgres/tablespace-map.ts';
import { segmentName } from '../../../lib/postgres/wal-segment.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { readManifestFile } from '../../../lib/verify/records/manifest.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { archive, data, encodeAll } from '../../support/frames.ts';
import { oneByOne } from '../../support/source.ts';
import { seal } from '../manifest/build.ts';
import { type IncrementalContents, incrementalFile } from '../page/incremental-file.ts';
import { makePage } from '../page/reference.ts';
import {
  edit,
  type Model,
  makeModel,
  manifestOf,
  modelFrames,
  OID,
  RELATION,
  SPACED,
  tarOf,
  writePlain,
  writeTars,
} from './model.ts';
import { type Outcome, verifyFrames, verifyPlain, verifyStream, verifyTars, type Wishes } from './run.ts';

const folder = temporaryFolder();
const place = join(folder, 'backup');
afterAll(() => removeFolder(folder));
beforeEach(() => rmSync(place, { recursive: true, force: true }));

type Way = 'plain' | 'tars' | 'stream';
const WAYS: readonly Way[] = ['plain', 'tars', 'stream'];

function verify(way: Way, model: Model, wishes: Wishes = {}): Promise<Outcome> {
  if (way === 'stream') return verifyStream(encodeAll(modelFrames(model)), wishes);
  if (way === 'tars') writeTars(model, place);
  else writePlain(model, place);
  return way === 'tars' ? verifyTars(place, wishes) : verifyPlain(place, wishes);
}

const INCREMENTAL = 'base/5/INCREMENTAL.16400.1';
const BLOCK = 1024;
/** Of the first block in the second segment. */
const FIRST_BLOCK = 2 ** 30 / BLOCK;

/** A backup in which some blocks of one relation have changed since the one before. */
function makeIncremental(contents: Partial<IncrementalContents> = {}): Model {
  const made = makeModel();
  const page = (block: number) => makePage(BLOCK, FIRST_BLOCK + block, made.start.lsn - 100n);
  const bytes = incrementalFile({ blocks: [3, 4, 9], truncation: 20, blockBytes: BLOCK, page, ...contents });
  made.base.members.push({ path: INCREMENTAL, bytes });
  edit(made.base, 'backup_label', (label) =>
    Buffer.concat([label, Buffer.from('INCREMENTAL FROM LSN: 0/28\nINCREMENTAL FROM TLI: 1\n')]),
  );
  made.manifest = manifestOf(made);
  return made;
}

const flip = (at: number) => (bytes: Buffer) => {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
  return bytes;
};
const MIB = 1024 ** 2;
const CONTROL_FILES = ['global/pg_control', 'backup_label', 'tablespace_map', 'PG_VERSION'];
const TOO_LARGE = Buffer.alloc(16 * MIB + 1, 'x');
const without = (path: string) => (all: Model) => {
  all.base.members = all.base.members.filter((member) => member.path !== path);
};
const replaced = (path: string, bytes: Buffer) => (all: Model) => edit(all.base, path, () => bytes);
const model = makeModel();
const second = segmentName(1, model.start.lsn + BigInt(MIB), MIB);
const first = segmentName(1, model.start.lsn, MIB);
const startOffset = Number(model.start.lsn % BigInt(MIB));

describe.each(WAYS)('a %s backup', (way) => {
  it('that is good is found good, and everything was looked at', async () => {
    const { complaints, statistics } = await verify(way, makeModel());
    expect(complaints).toEqual([]);
    expect(statistics).toMatchObject({
      files: { count: 9 },
      checksums: { count: 9 },
      pages: { good: 6, empty: 1, newer: 0, bad: 0 },
      wal: { ranges: 1, records: 4 },
    });
    expect(statistics.notChecked).toEqual([]);
  });

  it('with WAL of two timelines is found good', async () => {
    const { complaints, statistics } = await verify(way, makeModel({ branchAt: 3 }));
    expect(complaints).toEqual([]);
    expect(statistics.wal.ranges).toBe(2);
    expect(statistics.parts).toContain('00000002.history');
  });

  it.each<{ name: string; damage: (model: Model) => void; found: RegExp }>([
    {
      name: 'an extra file',
      damage: ({ base }) => base.members.push({ path: 'extra_file', bytes: Buffer.from('x') }),
      found: /"extra_file" is present (on disk|in archive "base.tar") but not in the manifest/,
    },
    {
      name: 'an extra file in a tablespace',
      damage: ({ tablespace }) => tablespace.members.push({ path: 'extra', bytes: Buffer.from('x') }),
      found: /"pg_tblspc\/16385\/extra" is present (on disk|in archive "16385.tar") but not in the manifest/,
    },
    {
      name: 'a missing file',
      damage: ({ base }) => {
        base.members = base.members.filter(({ path }) => path !== 'pg_hba.conf');
      },
      found: /"pg_hba.conf" is present in the manifest but not on disk/,
    },
    {
      name: 'an appended file',
      damage: ({ base }) => edit(base, 'PG_VERSION', (bytes) => Buffer.concat([bytes, bytes])),
      found: /"PG_VERSION" has size 6 (on disk|in archive "base.tar") but size 3 in the manifest/,
    },
    {
      name: 'a truncated file',
      damage: ({ base }) => edit(base, RELATION, (bytes) => bytes.subarray(1024)),
      found: /"base\/5\/16384" has size 2048 (on disk|in archive "base.tar") but size 3072 in the manifest/,
    },
    {
      name: 'a replaced file',
      damage: ({ base }) => edit(base, 'pg_hba.conf', () => Buffer.from('# nothink\n')),
      found: /checksum mismatch for file "pg_hba.conf"/,
    },
    {
      name: 'a flipped bit in a page',
      damage: ({ base }) => edit(base, RELATION, flip(1500)),
      found: /checksum verification failed in file "base\/5\/16384", block 1: calculated checksum/,
    },
    {
      name: 'a flipped bit in a page that the manifest has the checksum of',
      damage: (all) => {
        edit(all.tablespace, 'PG_15_202209061/5/16390', flip(1500));
        all.manifest = manifestOf(all);
      },
      found: /^checksum verification failed in file "pg_tblspc\/16385\/PG_15_202209061\/5\/16390", block 1: /,
    },
    {
      name: 'a flipped bit in a page of a later segment',
      damage: (all) => {
        edit(all.base, `${RELATION}.1`, flip(500));
        all.manifest = manifestOf(all);
      },
      found: /^checksum verification failed in file "base\/5\/16384.1", block 1048576: /,
    },
    {
      name: 'a flipped bit in a WAL record',
      damage: ({ wal }) => edit(wal, first, flip(startOffset + 50_000)),
      found: /^WAL parsing failed for timeline 1: In segment ".*": incorrect resource manager data checksum/,
    },
    {
      name: 'a flipped bit in pg_control',
      damage: ({ base }) => edit(base, 'global/pg_control', flip(60)),
      found: /^invalid control file "global\/pg_control": It says that its CRC is/,
    },
    {
      name: 'a flipped bit in the manifest',
      damage: (all) => {
        all.manifest = Buffer.from(all.manifest.toString().replace('"2026-', '"2025-'));
      },
      found: /^manifest checksum mismatch$/,
    },
    {
      name: 'a manifest of another backup',
      damage: (all) => {
        const other = makeModel({ records: [200, 300, 400] });
        edit(other.base, 'pg_hba.conf', () => Buffer.from('# anythin\n'));
        all.manifest = manifestOf(other);
      },
      found: /checksum mismatch for file "pg_hba.conf"/,
    },
    {
      name: 'a missing tablespace',
      damage: (all) => {
        all.tablespace.members = [];
      },
      found: /"pg_tblspc\/16385\/PG_15_202209061\/5\/16390" is present in the manifest but not on disk/,
    },
    {
      name: 'a missing WAL segment',
      damage: ({ wal }) => {
        wal.members = wal.members.filter(({ path }) => path !== second);
      },
      found: new RegExp(`^WAL parsing failed for timeline 1: In segment "${second}": WAL is missing from `),
    },
    {
      name: 'a WAL segment that is too short',
      damage: ({ wal }) => edit(wal, second, (bytes) => bytes.subarray(0, 8192)),
      found: new RegExp(`^WAL parsing failed for timeline 1: In segment "${second}": WAL is missing from `),
    },
    {
      name: 'swapped contents of two files',
      damage: ({ base }) => {
        const [page, fsm] = [RELATION, `${RELATION}_fsm`].map((path) =>
          base.members.find((member) => member.path === path),
        );
        edit(base, `${RELATION}.1`, () => fsm?.bytes ?? Buffer.alloc(0));
        edit(base, `${RELATION}_fsm`, () => (page?.bytes ?? Buffer.alloc(0)).subarray(1024, 2048));
      },
      found: /checksum mismatch for file "base\/5\/16384_fsm"/,
    },
    {
      name: 'a directory that the server needs missing',
      damage: ({ base }) => {
        base.members = base.members.filter(({ path }) => path !== 'pg_notify');
      },
      found: /^directory "pg_notify" is missing$/,
    },
    {
      name: 'a label of another backup',
      damage: (all) => {
        edit(all.base, 'backup_label', (bytes) =>
          Buffer.from(bytes.toString().replace(/[0-9A-F] \(file/, 'F (file')),
        );
        all.manifest = manifestOf(all);
      },
      found: /^"backup_label" says that the backup starts at .*, but no WAL range of the manifest does$/,
    },
    {
      name: 'a version that is not that of the control file',
      damage: (all) => {
        edit(all.base, 'PG_VERSION', () => Buffer.from('17\n'));
        all.manifest = manifestOf(all);
      },
      found: /^"PG_VERSION" says 17, but control file is of version 13 or 14 or 15 or 16$/,
    },
    {
      name: 'a system identifier that is not that of the control file',
      damage: (all) => {
        const changed = all.manifest.toString().replace('7000000000000000001', '7000000000000000002');
        all.manifest = seal(changed.slice(0, changed.indexOf('"Manifest-Checksum"')));
      },
      found:
        /^global\/pg_control: manifest system identifier is 7000000000000000002, but control file has 7000000000000000001$/,
    },
    ...['global/pg_control', 'backup_label', 'PG_VERSION'].map((path) => ({
      name: `no ${path}, in the manifest neither`,
      damage: (all: Model) => {
        without(path)(all);
        all.manifest = manifestOf(all);
      },
      found: new RegExp(`^"${path}" is neither in the manifest nor in the backup$`),
    })),
    ...CONTROL_FILES.flatMap((path) => [
      {
        name: `no ${path}`,
        damage: without(path),
        found: new RegExp(`^"${path}" is present in the manifest but not on disk$`),
      },
      {
        name: `an empty ${path}`,
        damage: replaced(path, Buffer.alloc(0)),
        found: new RegExp(
          `"${path}" has size 0 (on disk|in archive "base.tar") but size \\d+ in the manifest$`,
        ),
      },
      {
        name: `a ${path} that is too large`,
        damage: replaced(path, TOO_LARGE),
        found: new RegExp(
          `^file "${path}" is too large: It has 16777217 bytes, and no server writes more than`,
        ),
      },
    ]),
    ...[
      { path: 'global/pg_control', found: /^invalid control file ".*": It has 0 bytes in place of 8192\.$/ },
      {
        path: 'backup_label',
        found: /^invalid data in file ".*": It does not say where the backup starts\.$/,
      },
      { path: 'PG_VERSION', found: /^invalid data in file "PG_VERSION": It is empty\.$/ },
    ].map(({ path, found }) => ({
      name: `an empty ${path}, which the manifest agrees with`,
      damage: (all: Model) => {
        replaced(path, Buffer.alloc(0))(all);
        all.manifest = manifestOf(all);
      },
      found,
    })),
  ])('with $name is bad', async ({ damage, found }) => {
    const damaged = makeModel();
    damage(damaged);
    const { complaints } = await verify(way, damaged);
    expect(complaints).toContainEqual(expect.stringMatching(found));
  });

  it.each<{ name: string; damage: (model: Model) => void; found: RegExp }>([
    {
      name: 'no history',
      damage: ({ wal }) => {
        wal.members = wal.members.filter(({ path }) => path !== '00000002.history');
      },
      found: /^history file "00000002.history" is missing/,
    },
    {
      name: 'a damaged history',
      damage: ({ wal }) => edit(wal, '00000002.history', () => Buffer.from('1\tx\n')),
      found: /^invalid data in history file of timeline 2/,
    },
    {
      name: 'a history that says something else',
      damage: ({ wal }) => edit(wal, '00000002.history', () => Buffer.from('1\t0/28\n')),
      found: /^WAL range of timeline 2 does not agree with the history of timeline 2$/,
    },
    {
      name: 'no WAL of the second timeline',
      damage: ({ wal }) => {
        wal.members = wal.members.filter(({ path }) => !path.startsWith('000000020'));
      },
      found: /^WAL parsing failed for timeline 2/,
    },
    {
      name: 'a flipped bit on the second timeline',
      damage: ({ wal }) => {
        const segment = wal.members.find(({ path }) => path.startsWith('000000020'))?.path ?? '';
        edit(wal, segment, flip(700_900));
      },
      found: /^WAL parsing failed for timeline 2: In segment "00000002.*": incorrect resource manager data/,
    },
  ])('with two timelines and $name is bad', async ({ damage, found }) => {
    const damaged = makeModel({ branchAt: 2 });
    damage(damaged);
    const { complaints } = await verify(way, damaged);
    expect(complaints).toContainEqual(expect.stringMatching(found));
  });

  it('whose relations are cut elsewhere is good, as far as can be seen', async () => {
    const { complaints, statistics } = await verify(way, makeModel({ segmentBlocks: 4096 }));
    expect(complaints).toEqual([]);
    expect(statistics.pages.good).toBe(way === 'plain' ? 6 : 5);
    const skipped = { what: 'pages of 1 file', why: 'segments of relations that are not cut at 1 GiB' };
    if (way === 'plain') expect(statistics.notChecked).not.toContainEqual(skipped);
    else expect(statistics.notChecked).toContainEqual(skipped);
  });

  it('that is incremental is good, with the pages that it has, as far as it can be by itself', async () => {
    const { complaints, statistics } = await verify(way, makeIncremental());
    expect(complaints).toEqual([]);
    expect(statistics.pages.good).toBe(6 + 3);
    expect(statistics.notChecked).toEqual([
      { what: 'the backups before', why: 'this one is incremental, and restored together with them' },
    ]);
  });

  it.each([{}, { skipChecksums: true, pages: 'insist' }] as const)(
    'with a flipped bit in a page of an incremental file is bad, also if the manifest agrees: %j',
    async (wishes) => {
      const damaged = makeIncremental();
      edit(damaged.base, INCREMENTAL, flip(2 * BLOCK + 500));
      const found = [`checksum verification failed in file "${INCREMENTAL}", block ${FIRST_BLOCK + 4}: `];
      if (!('pages' in wishes)) found.push(`checksum mismatch for file "${INCREMENTAL}"`);
      const expectFound = async (expected: readonly string[]) => {
        const { complaints } = await verify(way, damaged, wishes);
        expect(complaints).toEqual(expected.map((text) => expect.stringContaining(text)));
        rmSync(place, { recursive: true, force: true });
      };
      await expectFound(found);
      damaged.manifest = manifestOf(damaged);
      await expectFound(found.slice(0, 1));
    },
  );

  it.each<{ name: string; contents: Partial<IncrementalContents>; found: RegExp }>([
    {
      name: 'without its magic number',
      contents: { magic: 0 },
      found: /has bad incremental magic number \(0x0, /,
    },
    {
      name: 'with more blocks than pages',
      contents: { count: 4 },
      found: /has 4096 bytes, which no file with 4 /,
    },
    {
      name: 'that says that its pages are of other blocks',
      contents: { page: (block) => makePage(BLOCK, FIRST_BLOCK + block + (block === 9 ? 1 : 0), 1n) },
      found: /^checksum verification failed in file "base\/5\/INCREMENTAL.16400.1", block 1048585: /,
    },
  ])('with an incremental file $name is bad', async ({ contents, found }) => {
    const { complaints } = await verify(way, makeIncremental(contents));
    expect(complaints).toEqual([expect.stringMatching(found)]);
  });
});

describe.each(['tars', 'stream'] as const)('a %s backup', (way) => {
  it.each<{ name: string; damage: (model: Model) => void; found: RegExp }>([
    {
      name: 'a member twice',
      damage: ({ base }) => base.members.push({ path: 'PG_VERSION', bytes: Buffer.from('15\n') }),
      found: /^file "PG_VERSION" is present in archive "base.tar" a second time$/,
    },
    {
      name: 'a WAL segment twice',
      damage: ({ wal }) => wal.members.push({ path: first, bytes: Buffer.alloc(MIB) }),
      found: new RegExp(`^file "pg_wal/${first}" is present in archive "pg_wal.tar" a second time$`),
    },
    {
      name: 'a directory in the place of a file',
      damage: ({ base }) => base.members.push({ path: 'PG_VERSION' }),
      found: /^file "PG_VERSION" is present in archive "base.tar" a second time$/,
    },
    {
      name: 'a file in the place of a directory',
      damage: ({ base }) => base.members.push({ path: 'pg_notify', bytes: Buffer.alloc(0) }),
      found: /^file "pg_notify" is present in archive "base.tar" a second time$/,
    },
    {
      name: 'a member twice, in another spelling',
      damage: ({ base }) => base.members.push({ path: './PG_VERSION', bytes: Buffer.from('15\n') }),
      found: /^file "PG_VERSION" is present in archive "base.tar" a second time$/,
    },
    {
      name: 'a file below a file',
      damage: ({ base }) => base.members.push({ path: 'PG_VERSION/x', bytes: Buffer.alloc(0) }),
      found: /^file "PG_VERSION\/x" lies below a file in archive "base.tar"$/,
    },
    {
      name: 'a directory in the place of a WAL segment',
      damage: ({ wal }) => wal.members.push({ path: first }),
      found: new RegExp(`^file "pg_wal/${first}" is present in archive "pg_wal.tar" a second time$`),
    },
    {
      name: 'a link in the place of a file',
      damage: ({ base }) => base.members.push({ path: 'global/pg_control', linkTarget: '/tmp/other' }),
      found: /^file "global\/pg_control" is present in archive "base.tar" a second time$/,
    },
    {
      name: 'a link where no server sends one',
      damage: ({ base }) => base.members.push({ path: 'base/6', linkTarget: '/tmp/other' }),
      found: /^symbolic link "base\/6" in archive "base.tar" is none that a server sends$/,
    },
    {
      name: 'a member that leads out',
      damage: ({ base }) => base.members.push({ path: '../outside', bytes: Buffer.alloc(0) }),
      found: /^unsafe name of member "..\/outside" in archive "base.tar"/,
    },
    {
      name: 'WAL out of order',
      damage: ({ wal }) => wal.members.reverse(),
      found: new RegExp(
        `^WAL parsing failed for timeline 1: Segment "${first}" is there, but out of order.$`,
      ),
    },
    {
      name: 'swapped archives',
      damage: ({ base, tablespace }) => {
        [base.members, tablespace.members] = [tablespace.members, base.members];
      },
      found:
        /^file "pg_tblspc\/16385\/PG_VERSION" is present in archive "16385.tar" but not in the manifest$/,
    },
    {
      name: 'a tablespace that has no archive',
      damage: (all) => {
        const map = formatTablespaceMap(
          new Map([
            [OID, all.location],
            [99, '/srv/other'],
          ]),
        );
        edit(all.base, 'tablespace_map', () => map);
        all.manifest = manifestOf(all);
      },
      found: /^tablespace 99 of "tablespace_map" has no archive$/,
    },
  ])('with $name is bad', async ({ damage, found }) => {
    const damaged = makeModel();
    damage(damaged);
    const { complaints } = await verify(way, damaged);
    expect(complaints).toContainEqual(expect.stringMatching(found));
  });
});

describe('a directory of tars', () => {
  it.each<{ name: string; damage: () => void; found: RegExp }>([
    {
      name: 'a flipped bit in a header',
      damage: () => writeFileSync(join(place, 'base.tar'), flip(110)(tarOf(model.base))),
      found: /^malformed archive "base.tar": checksum of a member header does not match/,
    },
    {
      name: 'a cut at a member boundary',
      damage: () => truncateSync(join(place, 'base.tar'), tarOf(model.base).length - 1024),
      found:
        /^archive "base.tar" is cut short: It ended after \d+ bytes, without the blocks of zeros that end it\.$/,
    },
    {
      name: 'a cut in a header',
      damage: () => truncateSync(join(place, 'base.tar'), 100),
      found: /^archive "base.tar" is cut short: It ended after 100 bytes, in the header of a member\.$/,
    },
    {
      name: 'a cut in the WAL',
      damage: () => truncateSync(join(place, 'pg_wal.tar'), 700_000),
      found: new RegExp(
        `^archive "pg_wal.tar" is cut short: It ended after 700000 bytes, in member "${first}".$`,
      ),
    },
    {
      name: 'data after its end',
      damage: () =>
        writeFileSync(join(place, 'base.tar'), Buffer.concat([tarOf(model.base), Buffer.from('x')])),
      found: /^malformed archive "base.tar": data after the end of the archive/,
    },
    {
      name: 'no archive of WAL',
      damage: () => unlinkSync(join(place, 'pg_wal.tar')),
      found: /^WAL parsing failed for timeline 1: There is no WAL of this timeline in the backup\.$/,
    },
    {
      name: 'no archive of the tablespace',
      damage: () => unlinkSync(join(place, `${OID}.tar`)),
      found: new RegExp(`"${SPACED}" is present in the manifest but not on disk`),
    },
    {
      name: 'a file that is none of a backup',
      damage: () => writeFileSync(join(place, 'notes.txt'), ''),
      found: /^file "notes.txt" is not expected in a tar format backup$/,
    },
  ])('with $name is bad', async ({ damage, found }) => {
    writeTars(model, place);
    damage();
    const { complaints } = await verifyTars(place);
    expect(complaints).toContainEqual(expect.stringMatching(found));
  });

  it('may have its WAL elsewhere', async () => {
    writeTars(model, place);
    unlinkSync(join(place, 'pg_wal.tar'));
    const elsewhere = join(folder, 'elsewhere');
    writePlain(makeModel(), elsewhere);
    const { complaints, statistics } = await verifyTars(place, { wal: join(elsewhere, 'pg_wal') });
    expect(complaints).toEqual([]);
    expect(statistics.wal.records).toBe(4);
  });
});

describe('a stream', () => {
  const frames = modelFrames(model);
  const bytes = encodeAll(frames);
  const changed = (change: (frame: Frame) => Frame | undefined): Buffer =>
    encodeAll(frames.flatMap((frame) => change(frame) ?? []));

  it.each<{ name: string; damaged: () => Buffer; found: RegExp }>([
    {
      name: 'a flipped bit in a tar header',
      damaged: () => flip(bytes.indexOf('pg_hba.conf\0') + 110)(Buffer.from(bytes)),
      found: /^malformed archive "base.tar": checksum of a member header does not match/,
    },
    {
      name: 'a cut at a frame boundary',
      damaged: () => encodeAll(frames.slice(0, -4)),
      found: /^stream ended before its end/,
    },
    {
      name: 'a cut in a frame',
      damaged: () => bytes.subarray(0, 2_000_000),
      found: /^stream ended before its end/,
    },
    {
      name: 'another start',
      damaged: () => changed((frame) => (frame.type === 'start' ? { ...frame, lsn: frame.lsn + 8n } : frame)),
      found: /^the stream says that the backup starts at .* on timeline 1, but "backup_label" does not$/,
    },
    {
      name: 'another end',
      damaged: () => changed((frame) => (frame.type === 'stop' ? { ...frame, lsn: frame.lsn + 8n } : frame)),
      found: /^the stream says that the backup ends at .* on timeline 1, but the manifest does not$/,
    },
    ...Object.entries({
      server_version: '14.1',
      system_identifier: '7000000000000000002',
      block_size: '2048',
      wal_segment_size: '2097152',
      data_checksums: 'off',
    }).map(([name, value]) => ({
      name: `another ${name}`,
      damaged: () =>
        changed((frame) => (frame.type === 'parameter' && frame.name === name ? { ...frame, value } : frame)),
      found: new RegExp(`^the stream says that ${name} is ${value.replace(/\..*/, '')}, but`),
    })),
    {
      name: 'a tablespace that was moved in the list only',
      damaged: () => encodeAll(modelFrames({ ...model, location: '/elsewhere' })),
      found:
        /^the stream says that tablespace 16385 is at "\/elsewhere", but "tablespace_map" at ".*\/fast ts"$/,
    },
    {
      name: 'bytes after its end',
      damaged: () => Buffer.concat([bytes, Buffer.from('x')]),
      found: /./,
    },
  ])('with $name is bad', async ({ damaged, found }) => {
    const { complaints } = await verifyStream(damaged());
    expect(complaints).toContainEqual(expect.stringMatching(found));
  });

  it('must have a good manifest even if another one is used', async () => {
    writeTars(model, place);
    const manifest = readManifestFile(join(place, 'backup_manifest'));
    expect((await verifyStream(bytes, { manifest })).complaints).toEqual([]);
    const damaged = Buffer.from(bytes);
    damaged.write('2025', bytes.indexOf('"Last-Modified": "2026') + '"Last-Modified": "'.length);
    expect((await verifyStream(damaged, { manifest })).complaints).toEqual(['manifest checksum mismatch']);
  });

  it('in which it is not known at first where it starts says what it has not checked', async () => {
    const late = makeModel();
    late.base.members.push(...late.base.members.splice(0, 1));
    const tar = tarOf({
      name: 'base.tar',
      members: [
        ...late.base.members.filter(({ path }) => path !== 'tablespace_map'),
        ...late.wal.members.map((member) => ({ ...member, path: `pg_wal/${member.path}` })),
      ],
    });
    late.base.members = late.base.members.filter(({ path }) => path !== 'tablespace_map');
    late.tablespace.members = [];
    const manifest = manifestOf(late);
    const { complaints, statistics } = await verifyFrames(
      oneByOne([...archive('base.tar', '', tar), { type: 'manifest' }, data(manifest), { type: 'end' }]),
    );
    expect(complaints).toEqual([]);
    expect(statistics.notChecked).toContainEqual({
      what: 'pages of 3 files',
      why: 'they came before it was known where the backup starts',
    });
  });
});
