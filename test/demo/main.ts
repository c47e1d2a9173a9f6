/**
 * npm run demo: the whole story on a throw-away PostgreSQL 18 from the npm registry. A running server with two
 * tablespaces and a busy writer goes through one pipe, bb-stream | bb-split, into a data directory elsewhere; a
 * second server starts on it and proves that nothing is missing. With --s3, the backup goes by way of an object store. Exit status 0 and "demo: ok" if so, 1 if not.
 */

import { join } from 'node:path';
import { onCommand } from '../support/announce.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { ObjectStore } from '../support/object-store.ts';
import { MISSING_FOR_OBJECT_STORE } from '../support/object-store-programs.ts';
import { backUp, type Restored } from './backup.ts';
import { type Check, prove } from './proof.ts';
import { fill, type Source } from './source.ts';

const COMMITS_AFTER = 500;

/** An object store, if the demo is to go by one. */
async function startStore(): Promise<ObjectStore | undefined> {
  if (!process.argv.includes('--s3')) return undefined;
  if (MISSING_FOR_OBJECT_STORE.length > 0) {
    const programs = MISSING_FOR_OBJECT_STORE.join(', ');
    throw new Error(
      `--s3 needs Ceph's object gateway (Debian: radosgw, ceph-mon, ceph-osd); missing: ${programs}`,
    );
  }
  return await ObjectStore.start();
}

async function demo(): Promise<Check[]> {
  const store = await startStore();
  say('A running server with two tablespaces and a writer that keeps committing');
  const cluster = await Cluster.create();
  const folder = temporaryFolder();
  try {
    await cluster.start();
    const source = await fill(cluster);
    const way = store === undefined ? 'through one pipe' : 'into an object store, and from there';
    say(`\nIts backup, ${way}, into a data directory elsewhere`);
    const restored = await backUp(source, join(folder, 'restored'), store);
    await source.writer.commits(COMMITS_AFTER);
    await source.writer.stop();
    say('\nA second server on the restored data directory');
    return await start(source, restored);
  } finally {
    await cluster.dispose();
    await store?.stop();
    removeFolder(folder);
  }
}

async function start(source: Source, restored: Restored): Promise<Check[]> {
  const copy = await Cluster.adopt(restored.dataDirectory, source.cluster.server);
  try {
    await copy.start();
    return await prove(source, restored, copy);
  } finally {
    await copy.dispose();
  }
}

function report(checks: readonly Check[]): void {
  const width = Math.max(...checks.map(({ what }) => what.length));
  say('\nWhat was proved by queries');
  for (const { what, found, good } of checks) {
    say(`  ${good ? 'ok    ' : 'FAILED'}  ${what.padEnd(width)}  ${found}`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

onCommand((commandLine) => say(`$ ${commandLine}`));
try {
  const checks = await demo();
  report(checks);
  if (!checks.every(({ good }) => good)) throw new Error('the restored cluster is not what it should be');
  say('\ndemo: ok');
} catch (error) {
  process.stderr.write(`\ndemo: failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
