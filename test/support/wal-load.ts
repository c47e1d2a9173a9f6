/**
 * Makes a server recycle WAL while a backup runs: segments are switched early and checkpoints forced, so that with the
 * settings here only replication slots keep a segment.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Cluster } from './cluster.ts';

/** Settings with which a server keeps no more WAL than it must. */
export const keepLittle = (segmentMegabytes = 16) => ({
  wal_keep_size: 0,
  min_wal_size: `${2 * segmentMegabytes}MB`,
  max_wal_size: `${2 * segmentMegabytes}MB`,
});

/** Writes WAL from start() to stop(). */
export class Recycler {
  readonly #client: pg.Client;
  readonly #running: Promise<void>;
  #stopping = false;
  #rounds = 0;

  private constructor(client: pg.Client, pauseMs: number) {
    this.#client = client;
    this.#running = this.#recycle(pauseMs);
    this.#running.catch(() => {}); // stop() reports it
  }

  /** Creates a table and starts. */
  static async start(cluster: Cluster, pauseMs = 100): Promise<Recycler> {
    const client = await cluster.connect();
    await client.query('CREATE TABLE IF NOT EXISTS recycled (filler text)');
    return new Recycler(client, pauseMs);
  }

  /** How often the segment was switched. */
  get rounds(): number {
    return this.#rounds;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running.finally(() => this.#client.end());
  }

  async #recycle(pauseMs: number): Promise<void> {
    while (!this.#stopping) {
      await this.#client.query("INSERT INTO recycled SELECT repeat('x', 1000) FROM generate_series(1, 10)");
      await this.#client.query('SELECT pg_switch_wal()');
      await this.#client.query('CHECKPOINT');
      this.#rounds++;
      await pause(pauseMs);
    }
  }
}

/** The names of the segments that a server still has. */
export async function segmentsOf(cluster: Cluster): Promise<string[]> {
  const rows = await cluster.query<[string]>(
    "SELECT name FROM pg_ls_waldir() WHERE length(name) = 24 AND name ~ '^[0-9A-F]+$' ORDER BY name",
  );
  return rows.map(([name]) => name);
}
