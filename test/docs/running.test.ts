/**
 * A shell runs the examples as they are written, against a real server with a tablespace. Only hosts and directories
 * are replaced, and ssh and curl are scripts that stay on this machine.
 */

import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { ObjectStore } from '../support/object-store.ts';
import { MISSING_FOR_OBJECT_STORE } from '../support/object-store-programs.ts';
import { type Finished, run } from '../support/run.ts';
import { allExamples } from './find-examples.ts';
import { TOOLS } from './tools.ts';

const TIMEOUT_MS = 120_000;
/** Runs the command, in one word or several, in another shell, as ssh does. */
const SSH = '#!/bin/sh\nshift\nexec sh -c "$*"\n';
/** Stands for curl -sfT - URL, and writes to a file. */
const CURL = '#!/bin/sh\nexec cat >"backup/db1-$(basename "$3")"\n';
/** A full backup, and incremental ones after it. */
const CHAIN = `bb-stream -c fast | bb-split -D /backup/sunday
  bb-stream -c fast -i /backup/sunday/backup_manifest | bb-split -D /backup/monday
  bb-stream -c fast -i /backup/monday/backup_manifest | bb-split -D /backup/tuesday`;
const PART = /^bb-split: warning: no server can be started from what was extracted\nbb-split: detail: .*\n$/;
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

let cluster: Cluster;
/** One that was stopped cleanly. */
let stopped: Cluster;
let tablespace: string;
let programs: string;
/** Undefined where there can be none. */
let store: ObjectStore | undefined;

beforeAll(async () => {
  // The first setting keeps spread checkpoints from pausing; the second is for incremental backups.
  const settings = { checkpoint_completion_target: 0, summarize_wal: 'on' };
  cluster = await Cluster.create({ initdb: ['--wal-segsize=1'], settings });
  await cluster.start();
  await cluster.query('CREATE ROLE backup LOGIN REPLICATION');
  tablespace = await cluster.createTablespace('ts1');
  await cluster.query('CREATE TABLE t (id int) TABLESPACE ts1');
  await cluster.query('CREATE DATABASE app');
  stopped = await Cluster.create();
  await stopped.start();
  await stopped.stop();
  if (MISSING_FOR_OBJECT_STORE.length === 0) store = await ObjectStore.start();
  programs = temporaryFolder();
  for (const tool of TOOLS.keys()) symlinkSync(resolve(`dist/${tool}.js`), join(programs, tool));
  for (const [name, text] of [
    ['ssh', SSH],
    ['curl', CURL],
  ] as const) {
    writeFileSync(join(programs, name), text);
    chmodSync(join(programs, name), 0o755);
  }
}, TIMEOUT_MS);

afterAll(async () => {
  await cluster.dispose();
  await stopped.dispose();
  await store?.stop();
  removeFolder(programs);
});

/** Runs a script in a directory that replaces the root of the paths in the script. */
function runIn(folder: string, script: string): Promise<Finished> {
  const { dataDirectory } = script.includes('--offline') ? stopped : cluster;
  const placed = script
    .replaceAll('/ssd/ts1', tablespace)
    .replaceAll(/(?<= )\/(?=(backup|srv)\/)/g, `${folder}/`)
    .replaceAll(/=\/(?=(backup|srv)\/)/g, `=${folder}/`)
    .replaceAll(/\/var\/lib\/postgresql\/\d+\/main/g, dataDirectory)
    .replaceAll('-h db1', `-h ${cluster.folder}`)
    .replaceAll(/host=db1,db2/g, `host=${cluster.folder},${cluster.folder}`)
    .replaceAll('s3://backups/', `s3://backups/${basename(folder)}/`)
    // The target must be after the end of the backup.
    .replaceAll(/(?<=--target-time=')[0-9-]+/g, TOMORROW);
  return run('bash', ['-euo', 'pipefail', '-c', placed], {
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
    env: {
      PATH: `${programs}:${process.env.PATH}`,
      PGHOST: cluster.folder,
      PGPORT: String(cluster.port),
      PGUSER: 'backup',
      ...store?.env,
      AWS_ENDPOINT_URL: store?.endpoint ?? '',
    },
  });
}

/** Each example once, even if several pages have it. */
const EXAMPLES = new Map(allExamples().map((example) => [example.text.trim(), example]));

/** Without an object store, those that need one are left out. */
const RUNNABLE = [...EXAMPLES.values()].filter(
  ({ text }) => MISSING_FOR_OBJECT_STORE.length === 0 || !text.includes('s3://'),
);

describe('examples', () => {
  it.each(RUNNABLE)('run: $name', { timeout: TIMEOUT_MS }, async ({ text }) => {
    const folder = temporaryFolder();
    const wasMade = (path: string) => existsSync(join(folder, path));
    try {
      mkdirSync(join(folder, 'backup'));
      const needsBackup = text.includes('< db1.backup') && !text.includes('> db1.backup');
      if (needsBackup) await runIn(folder, 'bb-stream > db1.backup');
      if (/ts1 \/backup\/db1$|--backup=/m.test(text))
        await runIn(folder, 'bb-stream | bb-split -D /backup/db1');
      if (/ts1 s3:/.test(text) && !text.includes('-D s3:'))
        await runIn(folder, 'bb-stream | bb-split -D s3://backups/db1');
      if (text.includes('bb-combine')) await runIn(folder, CHAIN);
      const { status, stdout, stderr } = await runIn(folder, text);
      expect(stderr).toMatch(text.includes('--only') ? PART : /^$/);
      expect(status).toBe(0);
      if (text.includes('-R')) expect(wasMade('srv/pg/db1/standby.signal')).toBe(true);
      if (text.includes('--recovery')) expect(wasMade('srv/pg/db1/recovery.signal')).toBe(true);
      if (/ssh store|curl/.test(text)) expect(wasMade('backup/db1-backup_manifest')).toBe(true);
      if (text.includes('-D /backup/db1')) expect(wasMade('backup/db1/backup_manifest')).toBe(true);
      if (text.includes('-D /srv/pg/db1')) expect(wasMade('srv/pg/db1/global/pg_control')).toBe(true);
      if (text.includes('bb-relocate --list')) expect(stdout.toString()).toMatch(/^\d+\t\/.*\t\d+$/m);
      if (text.includes('bb-split --list')) expect(stdout.toString()).toMatch(/^end of backup .*\n$/m);
    } finally {
      removeFolder(folder);
    }
  });
});
