/**
 * The readers of bb-verify on the files of real clusters and backups of every version: the control file agrees with the
 * server, all pages have the checksums that we compute, WAL is read record by record as pg_waldump reads it, and the
 * manifest agrees with the files. One changed bit is found.
 */

import { createReadStream, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checksumOf } from '../../lib/manifest/checksum.ts';
import { FileTable } from '../../lib/manifest/file-table.ts';
import { ManifestParser } from '../../lib/manifest/parse.ts';
import type { WalRange } from '../../lib/manifest/values.ts';
import { FilePages } from '../../lib/page/file-pages.ts';
import { PageChecker } from '../../lib/page/page-checker.ts';
import { type ControlFile, parseControlFile } from '../../lib/postgres/control-file.ts';
import { formatLsn, type Lsn, parseLsn } from '../../lib/postgres/lsn.ts';
import { parseRelationFile } from '../../lib/postgres/relation-file.ts';
import { parseHistory } from '../../lib/postgres/timeline-history.ts';
import { checkWalRange, type WalSource } from '../../lib/wal/check/check-range.ts';
import type { WalExpectation } from '../../lib/wal/check/expectation.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { randomFrom } from '../support/rechunk.ts';
import { runOk } from '../support/run.ts';
import { anyServer, ownTool } from '../support/servers.ts';
import { tool } from '../support/tools.ts';

/** No page has such an LSN, so none is skipped. */
const NEVER: Lsn = 2n ** 64n - 1n;
const FILLING = `
  CREATE TABLE filled AS SELECT n, repeat('x', n % 900) AS text FROM generate_series(1, 30000) AS n;
  CREATE INDEX ON filled (n);
  CREATE UNLOGGED TABLE passing AS SELECT 1;
  CREATE TABLE elsewhere TABLESPACE "other" AS SELECT * FROM filled;
  VACUUM (FREEZE, ANALYZE)`;

describe.each(anyServer())('the readers of bb-verify on files of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const backup = join(folder, 'backup');
  let cluster: Cluster;
  let start: Lsn;
  let control: ControlFile;

  beforeAll(async () => {
    cluster = await Cluster.create({
      server,
      initdb: ['--wal-segsize=1'],
      settings: { wal_keep_size: '1GB' },
    });
    await cluster.start();
    await cluster.createTablespace('other');
    start = await lsn('SELECT redo_lsn FROM pg_control_checkpoint()');
    for (const statement of FILLING.split(';')) await cluster.query(statement);
    await cluster.query('SELECT pg_switch_wal()');
    await cluster.query('CREATE TABLE behind_the_switch AS SELECT * FROM filled');
    const mapping = ['-T', `${join(cluster.folder, 'other')}=${join(folder, 'other')}`];
    await pipelineOk([
      tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast', '-X', 'fetch']),
      tool('bb-split', ['-Fp', '-N', '-D', backup, ...mapping]),
    ]);
    control = parseControlFile(readFileSync(join(backup, 'global/pg_control')));
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  async function lsn(sql: string): Promise<Lsn> {
    const [row] = await cluster.query<[string]>(sql);
    return parseLsn(row?.[0] ?? '') ?? 0n;
  }

  /** Where a segment ends that is complete: beyond it the server may write at any time. */
  async function endOfSegment(): Promise<Lsn> {
    const switched = await lsn('SELECT pg_switch_wal()');
    const bytes = BigInt(control.walSegmentBytes);
    return ((switched + bytes - 1n) / bytes) * bytes;
  }

  it('reads the control file as the server does', async () => {
    const bytes = readFileSync(join(cluster.dataDirectory, 'global/pg_control'));
    const found = parseControlFile(bytes);
    const [row] = await cluster.query<string[]>(
      `SELECT system_identifier::text, database_block_size::text, blocks_per_segment::text,
              bytes_per_wal_segment::text, data_page_checksum_version::text
       FROM pg_control_system(), pg_control_init()`,
    );
    expect([
      String(found.systemIdentifier),
      ...[found.blockBytes, found.segmentBlocks, found.walSegmentBytes].map(String),
      String(found.dataChecksumVersion),
    ]).toEqual(row);
  });

  it('finds all pages of a backup right', () => {
    const reports = pagesOf(backup, NEVER);
    expect(reports.filter(({ bad, halfEmpty }) => bad + halfEmpty > 0)).toEqual([]);
    const pages = reports.reduce((sum, { good }) => sum + good, 0);
    expect(pages).toBeGreaterThan(2000);
    expect(reports.some(({ path }) => path.startsWith('pg_tblspc/'))).toBe(true);
  });

  it('finds a changed bit in any page', () => {
    const random = randomFrom(server.major);
    const files = pagesOf(backup, NEVER).filter(({ good }) => good > 0);
    for (let round = 0; round < 100; round++) {
      const path = files[random(files.length)]?.path ?? '';
      const bytes = readFileSync(join(backup, path));
      const place = random(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << random(8));
      const before = pagesIn(path, readFileSync(join(backup, path)), NEVER);
      const after = pagesIn(path, bytes, NEVER);
      // A page of zeros has no checksum. With a bit set after its header, it is counted separately.
      const counted = after.bad + after.halfEmpty - before.bad - before.halfEmpty;
      expect(counted, `${path}, byte ${place}`).toBe(1);
    }
  });

  function pagesOf(root: string, startLsn: Lsn) {
    return relationFiles(root).map((path) => ({
      path,
      ...pagesIn(path, readFileSync(join(root, path)), startLsn),
    }));
  }

  function pagesIn(path: string, bytes: Buffer, startLsn: Lsn) {
    const checker = new PageChecker({ blockBytes: control.blockBytes, startLsn });
    const file = new FilePages(checker, (parseRelationFile(path)?.segment ?? 0) * control.segmentBlocks);
    file.push(bytes);
    return file.end();
  }

  it('reads the manifest, which agrees with the files', async () => {
    const { files, ranges, systemIdentifier } = await readManifest(join(backup, 'backup_manifest'));
    for (const { path, size, algorithm, checksum } of files.values()) {
      const bytes = readFileSync(join(backup, path));
      expect([bytes.length, checksumOf(algorithm, bytes)], path).toEqual([size, checksum]);
    }
    expect([...files.values()].length).toBeGreaterThan(900);
    expect(systemIdentifier).toBe(server.major >= 17 ? control.systemIdentifier : undefined);
    expect(ranges.map(({ timeline }) => timeline)).toEqual([1]);
  });

  it('checks the WAL of a backup', async () => {
    const { ranges } = await readManifest(join(backup, 'backup_manifest'));
    for (const range of ranges) {
      const { records } = await checkWalRange(expectation(range.start), range.end, segmentsOf(backup));
      expect(records).toBeGreaterThan(2);
    }
  });

  const waldump = ownTool('pg_waldump', server);
  it.skipIf(waldump === undefined)('reads as many records as pg_waldump', async () => {
    const end = await endOfSegment();
    const { dataDirectory } = cluster;
    const listing = await runOk(waldump ?? '', [
      `--path=${join(dataDirectory, 'pg_wal')}`,
      `--start=${formatLsn(start)}`,
      `--end=${formatLsn(end)}`,
    ]);
    const { records } = await checkWalRange(expectation(start), end, segmentsOf(dataDirectory));
    expect(records).toBe(listing.trimEnd().split('\n').length);
    expect(records).toBeGreaterThan(60_000);
  });

  it('finds a changed bit in WAL, and names the segment', async () => {
    const end = await endOfSegment();
    const segments = segmentsOf(cluster.dataDirectory);
    await checkWalRange(expectation(start), end, segments);
    const [name = ''] = walNames(cluster.dataDirectory).slice(2);
    const random = randomFrom(server.major);
    let found = 0;
    for (let round = 0; round < 20; round++) {
      const spoilt = spoil(segments, name, random(control.walSegmentBytes), random(8));
      const error: unknown = await checkWalRange(expectation(start), end, spoilt).catch((e: unknown) => e);
      if (error instanceof Error) {
        expect(error).toMatchObject({ message: 'WAL parsing failed for timeline 1' });
        expect(Reflect.get(error, 'detail')).toMatch(/^In segment "[0-9A-F]{24}": /);
        found++;
      }
    }
    // Padding between records is not checked; it is a small part.
    expect(found).toBeGreaterThan(15);
  });

  it('says that a segment is missing', async () => {
    const [, , missing = ''] = walNames(cluster.dataDirectory);
    const all = segmentsOf(cluster.dataDirectory);
    const source: WalSource = (name, offset) => (name === missing ? undefined : all(name, offset));
    const end = await endOfSegment();
    await expect(checkWalRange(expectation(start), end, source)).rejects.toMatchObject({
      detail: expect.stringContaining(`In segment "${missing}": WAL is missing from`),
    });
  });

  it('follows a timeline that branches off, by its history', async () => {
    await cluster.stop();
    writeFileSync(join(cluster.dataDirectory, 'standby.signal'), '');
    await cluster.start();
    await cluster.query('SELECT pg_promote()');
    await cluster.query('CREATE TABLE on_the_new_timeline AS SELECT * FROM filled');
    const end = await endOfSegment();
    const history = readFileSync(join(cluster.dataDirectory, 'pg_wal/00000002.history'), 'utf8');
    const [first] = parseHistory(2, history);
    const fork = first?.end ?? 0n;
    expect(first?.timeline).toBe(1);
    const segments = segmentsOf(cluster.dataDirectory);
    await checkWalRange(expectation(start), fork, segments);
    await checkWalRange(expectation(fork, 2), end, segments);
    await expect(checkWalRange(expectation(fork), end, segments)).rejects.toThrow('WAL parsing failed');
  });

  function expectation(from: Lsn, timeline = 1): WalExpectation {
    return {
      timeline,
      start: from,
      segmentBytes: control.walSegmentBytes,
      systemIdentifier: control.systemIdentifier,
      version: server.major,
    };
  }
});

/** The paths of all relation files below a data directory, through the links of its tablespaces. */
function relationFiles(root: string, below = ''): string[] {
  return readdirSync(join(root, below)).flatMap((name) => {
    const path = below === '' ? name : `${below}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return relationFiles(root, path);
    return parseRelationFile(path) === undefined ? [] : [path];
  });
}

interface ReadManifest {
  readonly files: FileTable;
  readonly ranges: WalRange[];
  systemIdentifier?: bigint;
}

async function readManifest(path: string): Promise<ReadManifest> {
  const manifest: ReadManifest = { files: new FileTable(), ranges: [] };
  const parser = new ManifestParser({
    version: () => {},
    systemIdentifier: (identifier) => {
      manifest.systemIdentifier = identifier;
    },
    file: (file) => manifest.files.add(file),
    walRange: (range) => manifest.ranges.push(range),
  });
  for await (const piece of createReadStream(path)) parser.push(piece as Buffer);
  parser.end();
  return manifest;
}

function walNames(root: string): string[] {
  const names = readdirSync(join(root, 'pg_wal'));
  return names.filter((name) => /^[0-9A-F]{24}$/.test(name)).sort();
}

function segmentsOf(root: string): WalSource {
  return (name, offset) => {
    const path = join(root, 'pg_wal', name);
    // The segment in which a timeline ended is renamed at its end.
    const found = [path, `${path}.partial`].find((candidate) => existsSync(candidate));
    return found === undefined ? undefined : createReadStream(found, { start: offset });
  };
}

/** The same WAL with one bit changed. */
function spoil(source: WalSource, segment: string, place: number, bit: number): WalSource {
  return (name, offset) => {
    const pieces = source(name, offset);
    return name === segment && pieces !== undefined ? changed(pieces, place - offset, bit) : pieces;
  };
}

async function* changed(pieces: AsyncIterable<Buffer>, place: number, bit: number): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const piece of pieces) {
    if (place >= at && place < at + piece.length) piece[place - at] = (piece[place - at] ?? 0) ^ (1 << bit);
    at += piece.length;
    yield piece;
  }
}
