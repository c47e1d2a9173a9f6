/**
 * WAL with an incomplete record after a crash: the next page has a flag that says so, which differs between versions. A
 * backup that needs such WAL is good. The record is created as in PostgreSQL's own test
 * (src/test/recovery/t/026_overwrite_contrecord.pl): the segment with the rest of the record is lost in the crash.
 */

import { cpSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { type Finished, run } from '../support/run.ts';
import { type Server, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { seal } from '../unit/manifest/build.ts';

const SEGMENT = /^[0-9A-F]{24}$/;
const PAGE_BYTES = 8192;
/** The first version in which the flag is 0x4 instead of 0x8. */
const FIRST_WITH_OTHER_FLAG = 19;
const NEXT_SEGMENT = 'SELECT pg_walfile_name(pg_current_wal_insert_lsn()), pg_current_wal_insert_lsn()::text';

describe.each(servers())('a record that was given up by PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  afterAll(() => removeFolder(folder));

  it('is no damage in the WAL that a backup needs', async () => {
    const { backup, wal } = await backUpAcrossCrash(server, folder);
    expect(overwrittenPages(server, wal)).toBe(1);
    const tar = join(folder, 'wal.tar.gz');
    await run('tar', ['-czf', tar, '-C', wal, '.']);
    for (const path of [wal, tar]) {
      const { status, stdout, stderr } = await verify('--no-page-checksums', '-w', path, backup);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout.toString()).toMatch(/^checked: \d+ records of WAL/m);
    }
  });
});

function verify(...args: string[]): Promise<Finished> {
  const { command, args: all } = tool('bb-verify', args);
  return run(command, all);
}

/** Takes a backup whose manifest needs WAL up to after the crash, and keeps that WAL. */
async function backUpAcrossCrash(server: Server, folder: string): Promise<{ backup: string; wal: string }> {
  const settings = { wal_keep_size: '256MB', autovacuum: 'off' };
  const cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'], settings });
  try {
    await cluster.start();
    const backup = join(folder, 'backup');
    await pipelineOk([streamStage(cluster, ['-c', 'fast']), splitStage(backup, ['-Fp'])]);
    await crashWithinRecord(cluster);
    await cluster.start();
    await cluster.query("SELECT pg_logical_emit_message(true, 'after', 'the crash')");
    const [[, end = ''] = []] = await cluster.query<[string, string]>(NEXT_SEGMENT);
    await cluster.query('SELECT pg_switch_wal()');
    await cluster.stop();
    const wal = join(folder, 'wal');
    cpSync(join(cluster.dataDirectory, 'pg_wal'), wal, { recursive: true });
    extendRange(join(backup, 'backup_manifest'), end);
    return { backup, wal };
  } finally {
    await cluster.dispose();
  }
}

/** Crashes after a record that continues in the next segment, which is lost. */
async function crashWithinRecord(cluster: Cluster): Promise<void> {
  await cluster.query('CREATE TABLE filler (a int)');
  await cluster.query('INSERT INTO filler SELECT generate_series(1, 20000)');
  await cluster.query("SELECT pg_logical_emit_message(true, 'given up', repeat('xyzxz', 400000))");
  const [[last = ''] = []] = await cluster.query<[string, string]>(NEXT_SEGMENT);
  await cluster.stop('immediate');
  const directory = join(cluster.dataDirectory, 'pg_wal');
  for (const name of readdirSync(directory))
    if (SEGMENT.test(name) && name >= last) unlinkSync(join(directory, name));
}

/** The number of WAL pages with the flag. */
function overwrittenPages(server: Server, directory: string): number {
  const flag = server.major >= FIRST_WITH_OTHER_FLAG ? 0x4 : 0x8;
  const segments = readdirSync(directory).filter((name) => SEGMENT.test(name));
  const pages = segments.flatMap((name) => {
    const bytes = readFileSync(join(directory, name));
    return Array.from({ length: bytes.length / PAGE_BYTES }, (_, page) => bytes.subarray(page * PAGE_BYTES));
  });
  return pages.filter((page) => page[1] === 0xd1 && (page.readUInt16LE(2) & flag) !== 0).length;
}

/** Moves the end of the manifest's only range. */
function extendRange(path: string, end: string): void {
  const text = readFileSync(path, 'utf8').replace(/"End-LSN": "[^"]*"/, `"End-LSN": "${end}"`);
  writeFileSync(path, seal(text.slice(0, text.indexOf('"Manifest-Checksum"'))));
}
