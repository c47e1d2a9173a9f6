/** Backups in tar format, in directories that are made here; those of real servers are in test/integration/stored.test.ts. */

import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { readStoredBackup } from '../../../lib/source/stored/frames.ts';
import { DirectoryPlace } from '../../../lib/store/directory-place.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { gather } from '../../support/gather.ts';
import { file } from '../tar/build.ts';

const END = Buffer.alloc(1024);
const LABEL =
  'START WAL LOCATION: 0/2000028 (file 000000030000000000000002)\nSTART TIMELINE: 3\nLABEL: test\n';
const MAP = '16385 /srv/two\n16384 /srv/one\n';
const BASE = Buffer.concat([file('backup_label', LABEL), file('tablespace_map', MAP), END]);
const RANGE = '{ "Timeline": 3, "Start-LSN": "0/2000028", "End-LSN": "0/2000100" }';
const LISTED = `{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [],\n"WAL-Ranges": [\n${RANGE}\n],\n`;
const SUM = createHash('sha256').update(LISTED).digest('hex');
const MANIFEST = `${LISTED}"Manifest-Checksum": "${SUM}"}\n`;
const GOOD: Readonly<Record<string, string | Buffer>> = {
  'base.tar': BASE,
  '16384.tar': END,
  '16385.tar.gz': gzipSync(END),
  'pg_wal.tar': END,
  backup_manifest: MANIFEST,
  'notes.txt': 'not of the backup',
};

let directory: string;

beforeEach(() => {
  directory = temporaryFolder();
});

afterEach(() => {
  removeFolder(directory);
});

function store(files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(directory, name), contents);
}

function read(signal = new AbortController().signal) {
  return gather(readStoredBackup(new DirectoryPlace(directory), signal));
}

function outline(frames: readonly Frame[]): string[] {
  return frames.map((frame) => (frame.type === 'archive' ? `${frame.name} ${frame.location}` : frame.type));
}

describe('readStoredBackup', () => {
  it('gives the frames of a whole backup, in the order of the server', async () => {
    store(GOOD);
    const { frames, error } = await read();
    expect(error).toBeUndefined();
    expect(outline(frames)).toEqual([
      ...['columns', 'start', 'result-end'],
      ...['columns', 'tablespace', 'tablespace', 'tablespace', 'result-end', 'copy'],
      ...['16385.tar.gz /srv/two', 'data', 'archive-end'],
      ...['16384.tar /srv/one', 'data', 'archive-end'],
      ...['base.tar ', 'data', 'archive-end'],
      ...['pg_wal.tar ', 'data', 'archive-end'],
      ...['manifest', 'data', 'manifest-end', 'copy-done'],
      ...['columns', 'stop', 'result-end', 'end'],
    ]);
    expect(frames).toContainEqual({ type: 'start', lsn: 0x2000028n, timeline: 3 });
    expect(frames).toContainEqual({ type: 'stop', lsn: 0x2000100n, timeline: 3 });
    expect(frames).toContainEqual({ type: 'data', parts: [BASE], bytes: BASE.length });
  });

  it('says at the head what it says before', async () => {
    store(GOOD);
    const { frames } = await read();
    const [head] = frames.flatMap((frame) => (frame.type === 'copy' ? [frame.head] : []));
    const rows = frames.flatMap((frame) => (frame.type === 'tablespace' ? [frame] : []));
    expect(head?.start).toEqual({ lsn: 0x2000028n, timeline: 3 });
    expect(rows.map(({ type: _, ...row }) => row)).toEqual(head?.tablespaces);
    expect(head?.tablespaces).toEqual([
      { oid: 16385, location: '/srv/two', kilobytes: 1 },
      { oid: 16384, location: '/srv/one', kilobytes: 1 },
      { oid: null, location: null, kilobytes: Math.ceil(BASE.length / 1024) },
    ]);
  });

  it('leaves out what there is none of: WAL, manifest and with it the end position', async () => {
    store(GOOD);
    for (const name of ['pg_wal.tar', 'backup_manifest']) rmSync(join(directory, name));
    const { frames, error } = await read();
    expect(error).toBeUndefined();
    expect(outline(frames).slice(-4)).toEqual(['data', 'archive-end', 'copy-done', 'end']);
  });

  it('has tablespaces that lie in pg_tblspc after the others', async () => {
    store({ ...GOOD, '16390.tar': END });
    const { frames } = await read();
    expect(outline(frames)).toContain('16390.tar pg_tblspc/16390');
  });

  it.each([
    {
      name: 'base.tar is missing',
      remove: 'base.tar',
      message: /^archive "base.tar" is missing in directory /,
    },
    { name: 'a tablespace is missing', remove: '16384.tar', message: 'archive "16384.tar" is missing' },
    {
      name: 'an archive is there twice',
      add: { 'base.tar.gz': gzipSync(BASE) },
      message: 'archive "base.tar" is stored twice, as "base.tar" and as "base.tar.gz"',
    },
    {
      name: 'base.tar is another tar',
      add: { 'base.tar': Buffer.concat([file('PG_VERSION', '18'), END]) },
      message: 'archive "base.tar" does not begin with "backup_label"',
    },
    {
      name: 'base.tar is empty',
      add: { 'base.tar': '' },
      message: /"base.tar"/,
    },
    { name: 'the manifest is empty', add: { backup_manifest: '' }, message: /manifest/ },
  ])('refuses a backup when $name, before any frame', async ({ remove, add = {}, message }) => {
    store({ ...GOOD, ...add });
    if (remove !== undefined) rmSync(join(directory, remove));
    const { frames, error } = await read();
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(frames).toEqual([]);
  });

  it.each([
    { name: 'an empty directory', files: {}, detail: 'There is no "base.tar" in it.' },
    { name: 'a data directory', files: { PG_VERSION: '18\n' }, detail: 'It is a data directory.' },
  ])('is trouble for $name', async ({ files, detail }) => {
    store(files as Record<string, string>);
    const { error } = await read();
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toMatchObject({
      message: `directory "${directory}" is not a backup in tar format`,
      detail,
    });
  });

  it('takes no directory for an archive', async () => {
    mkdirSync(join(directory, 'base.tar'));
    expect((await read()).error).toBeInstanceOf(TroubleError);
  });

  it('ends when it is interrupted', async () => {
    store(GOOD);
    const { error } = await read(AbortSignal.abort(new Error('stop')));
    expect(error).toMatchObject({ message: 'stop' });
  });
});
