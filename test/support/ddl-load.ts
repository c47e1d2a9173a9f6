/** Makes files come and go, grow and shrink, while a backup runs: tables rewritten, emptied, dropped; tablespaces too. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { giveToServer } from './account.ts';
import type { Cluster } from './cluster.ts';

const ROWS = 'INSERT INTO shaken SELECT id, md5(id::text) FROM generate_series(1, 3000) AS id';

/** Shakes from start() to stop(). Drops its tablespace at the end. */
export class DdlLoad {
  readonly #client: pg.Client;
  readonly #location: string;
  readonly #running: Promise<void>;
  #stopping = false;
  #rounds = 0;

  private constructor(client: pg.Client, location: string) {
    this.#client = client;
    this.#location = location;
    this.#running = this.#shake();
    this.#running.catch(() => {}); // stop() reports it
  }

  static async start(cluster: Cluster): Promise<DdlLoad> {
    const location = join(cluster.folder, 'shaken');
    mkdirSync(location);
    giveToServer(location);
    const client = await cluster.connect();
    await client.query('CREATE TABLE shaken (id int, text text)');
    return new DdlLoad(client, location);
  }

  get rounds(): number {
    return this.#rounds;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running.finally(() => this.#client.end());
  }

  async #shake(): Promise<void> {
    while (!this.#stopping) {
      await this.#client.query(`CREATE TABLESPACE shaken LOCATION ${pg.escapeLiteral(this.#location)}`);
      const acts = [ROWS, 'VACUUM FULL shaken', ROWS, 'DELETE FROM shaken', 'VACUUM shaken', ROWS];
      for (const act of [...acts, 'TRUNCATE shaken']) await this.#client.query(act);
      await this.#client.query(
        'CREATE TABLE brief TABLESPACE shaken AS SELECT generate_series(1, 1000) AS id',
      );
      await this.#client.query('DROP TABLE brief');
      await this.#client.query('DROP TABLESPACE shaken');
      this.#rounds++;
    }
  }
}
