/**
 * A chain of five backups of a server that works: everything happens to its relation files that there is, while a client
 * commits transactions. Before the last backup the server comes to another timeline, and a tablespace to another
 * directory; after it, nothing more is changed and the server is stopped.
 */

import {
  lstatSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { giveToServer } from './account.ts';
import { mapping, splitStage, streamStage } from './backup.ts';
import { Cluster } from './cluster.ts';
import { pipelineOk } from './pipeline.ts';
import { runOk } from './run.ts';
import type { Server } from './servers.ts';
import { tool } from './tools.ts';
import { untilTrue } from './wait.ts';
import { Writer } from './writer.ts';

/** What happens before each backup. */
const WORK: readonly (readonly string[])[] = [
  [
    'CREATE TABLE grows AS SELECT id, 0 AS n FROM generate_series(1, 30000) AS id',
    'CREATE TABLE shrinks AS SELECT id FROM generate_series(1, 50000) AS id',
    'CREATE TABLE goes AS SELECT id FROM generate_series(1, 20000) AS id',
    'CREATE TABLE rewritten AS SELECT id, 0 AS n FROM generate_series(1, 20000) AS id',
    'CREATE TABLE emptied AS SELECT id FROM generate_series(1, 20000) AS id',
    'CREATE UNLOGGED TABLE unlogged AS SELECT id FROM generate_series(1, 1000) AS id',
    'CREATE TABLE still AS SELECT id FROM generate_series(1, 20000) AS id',
    'CREATE TABLE elsewhere TABLESPACE stays AS SELECT id, 0 AS n FROM generate_series(1, 20000) AS id',
    "CREATE TABLESPACE inside LOCATION ''",
    'CREATE TABLE inner_one TABLESPACE inside AS SELECT id, 0 AS n FROM generate_series(1, 20000) AS id',
    'CREATE TABLE leaving TABLESPACE leaves AS SELECT id FROM generate_series(1, 9000) AS id',
  ],
  [
    'UPDATE grows SET n = 1 WHERE id % 3000 = 0',
    'INSERT INTO grows SELECT id, 1 FROM generate_series(30001, 33000) AS id',
    'UPDATE elsewhere SET n = 1 WHERE id = 77',
    'UPDATE inner_one SET n = 1 WHERE id = 77',
    'DELETE FROM shrinks WHERE id > 9000',
    'VACUUM shrinks',
    'TRUNCATE emptied',
    'DROP TABLE goes',
    'CREATE DATABASE copied STRATEGY file_copy',
    'CREATE DATABASE logged STRATEGY wal_log',
  ],
  [
    'UPDATE grows SET n = 2 WHERE id % 7000 = 0',
    'INSERT INTO shrinks SELECT id FROM generate_series(1, 4000) AS id',
    'INSERT INTO emptied SELECT id FROM generate_series(1, 100) AS id',
    'UPDATE rewritten SET n = 1 WHERE id < 100',
    'VACUUM FULL rewritten',
    'ALTER TABLE leaving SET TABLESPACE pg_default',
    'DROP TABLESPACE leaves',
    'CREATE TABLE late TABLESPACE arrives AS SELECT id FROM generate_series(1, 5000) AS id',
  ],
  ['UPDATE grows SET n = 3 WHERE id = 31000', 'UPDATE rewritten SET n = 3 WHERE id = 1', 'VACUUM grows'],
  ['UPDATE elsewhere SET n = 4 WHERE id < 10', 'DROP DATABASE copied', 'VACUUM'],
];

/** How many backups there are. */
export const BACKUPS = WORK.length;

/** How a backup is kept: as a stream, as archives, compressed by one of our methods, or unpacked. */
export type Form = 'stream' | 'tar' | 'gzip' | 'lz4' | 'zstd' | 'plain';

/** Each backup is kept unpacked, and once more in its own form. The second has checksums by SHA-256. */
const FORMS: readonly Form[] = ['zstd', 'gzip', 'lz4', 'stream', 'tar'];
const OPTIONS: readonly (readonly string[])[] = [
  [],
  [],
  ['--manifest-checksums=SHA256'],
  ['-Z', 'server-gzip'],
  [],
];

/** The chain, and the server that it is of. To be disposed of. */
export class BusyChain {
  readonly cluster: Cluster;
  /** Of each backup, where its tablespaces are on the server. */
  readonly spaces: (readonly string[])[] = [];
  /** Of each table, what it holds in the last backup. */
  tables: ReadonlyMap<string, unknown> = new Map();
  readonly #folder: string;
  readonly #locations = new Map<string, string>();

  private constructor(cluster: Cluster, folder: string) {
    this.cluster = cluster;
    this.#folder = folder;
  }

  /** Takes all backups, into a directory that is there. */
  static async take(server: Server, folder: string): Promise<BusyChain> {
    const settings = { summarize_wal: 'on', autovacuum: 'off', allow_in_place_tablespaces: 'on' };
    const cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'], settings });
    const chain = new BusyChain(cluster, folder);
    try {
      await cluster.start();
      await chain.#takeAll();
      return chain;
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
  }

  /** Where a backup is, unpacked or in its own form. */
  place(number: number, form: 'plain' | 'own'): string {
    return join(this.#folder, `${number}-${form === 'plain' ? form : FORMS[number]}`);
  }

  async #takeAll(): Promise<void> {
    for (const name of ['stays', 'leaves']) await this.#createTablespace(name);
    const writer = await Writer.start(this.cluster, { ledgerIn: 'stays' });
    for (const [number, statements] of WORK.entries()) {
      if (number === 2) await this.#createTablespace('arrives');
      if (number === BACKUPS - 1) {
        await writer.stop();
        await this.#moveOn();
      }
      for (const statement of statements) await this.cluster.query(statement);
      if (number === 2) this.#locations.delete('leaves');
      // Queries may change pages, and nothing is to do so after the last backup.
      this.tables = await tablesOf(this.cluster);
      await this.#keep(number);
      this.spaces.push([...this.#locations.values()]);
    }
    await this.cluster.stop();
  }

  async #createTablespace(name: string): Promise<void> {
    this.#locations.set(name, await this.cluster.createTablespace(name));
  }

  /** To a new timeline, with a tablespace in another directory. */
  async #moveOn(): Promise<void> {
    const { cluster } = this;
    await cluster.stop();
    const before = this.#locations.get('stays') ?? '';
    const after = join(cluster.folder, 'moved-stays');
    renameSync(before, after);
    this.#locations.set('stays', after);
    relink(cluster.dataDirectory, before, after);
    writeFileSync(join(cluster.dataDirectory, 'standby.signal'), '');
    giveToServer(join(cluster.dataDirectory, 'standby.signal'));
    await cluster.start();
    await cluster.query('SELECT pg_promote()');
    await untilTrue('the server is promoted', async () => {
      const [row] = await cluster.query('SELECT pg_is_in_recovery()');
      return row?.[0] === false;
    });
    await cluster.query('CHECKPOINT');
  }

  async #keep(number: number): Promise<void> {
    const [plain, own] = [this.place(number, 'plain'), this.place(number, 'own')];
    const previous = number === 0 ? [] : ['-i', join(this.place(number - 1, 'plain'), 'backup_manifest')];
    const stream = join(this.#folder, `${number}-stream`);
    const options = [...previous, ...(OPTIONS[number] ?? [])];
    await pipelineOk([streamStage(this.cluster, options)], { stdoutFile: stream });
    const unpack = splitStage(plain, ['-Fp', ...moves(this.#locations.values(), plain), stream]);
    await runOk(unpack.command, unpack.args ?? []);
    const form = FORMS[number] ?? 'tar';
    if (form === 'stream') return;
    if (form === 'tar') await runOk(unpack.command, [...(splitStage(own).args ?? []), stream]);
    else await pipelineOk([tool('bb-compress', ['-Z', form, stream]), splitStage(own)]);
  }
}

/** Lets the link of a tablespace lead to where that is now. */
function relink(data: string, before: string, after: string): void {
  const links = join(data, 'pg_tblspc');
  const all = readdirSync(links).map((name) => join(links, name));
  const link = all.find((path) => lstatSync(path).isSymbolicLink() && readlinkSync(path) === before) ?? '';
  unlinkSync(link);
  symlinkSync(after, link);
}

/** Of each table that is logged, a checksum of its rows. */
export async function tablesOf(cluster: Cluster): Promise<ReadonlyMap<string, unknown>> {
  const names = await cluster.query<[string]>(
    `SELECT oid::regclass::text FROM pg_class
     WHERE relkind = 'r' AND relpersistence = 'p' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  const tables = new Map<string, unknown>();
  for (const [name] of names) {
    const sum = `SELECT count(*)::int, md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ${name} AS t`;
    tables.set(name, (await cluster.query(sum))[0]);
  }
  return tables;
}

/** Where a tablespace is beside a data directory. */
export function moved(location: string, data: string): string {
  return `${data}-${/[a-z]+$/.exec(location)?.[0]}`;
}

/** The -T options that move tablespaces beside a data directory. */
export function moves(from: Iterable<string>, data: string): string[] {
  return [...from].flatMap((path) => ['-T', mapping(path, moved(path, data))]);
}
