/**
 * Creates and configures a data directory for cluster.ts: runs initdb, appends lines to postgresql.conf (the last one
 * counts), and writes all of pg_hba.conf.
 */

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverAccount } from './account.ts';
import { announce } from './announce.ts';
import { runOk } from './run.ts';
import type { Server } from './servers.ts';

/** Options of a new data directory. */
export interface DataDirectoryOptions {
  /** Data checksums; on if not given. */
  readonly checksums?: boolean;
  /** More arguments for initdb, such as --wal-segsize=1. */
  readonly initdb?: readonly string[];
  /** Settings for postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** The lines of pg_hba.conf after the first, which is for Cluster.query(). The default is trust for everybody. */
  readonly hba?: readonly string[];
}

/** A temporary cluster does not need fsync. */
const DEFAULT_SETTINGS = { fsync: 'off' };
const FIRST_HBA_LINE = 'local postgres postgres trust';
const TRUST_EVERYBODY = [
  'local all all trust',
  'local replication all trust',
  'host all all 127.0.0.1/32 trust',
  'host replication all 127.0.0.1/32 trust',
];

/** The first version whose initdb turns checksums on unless told otherwise. */
const CHECKSUMS_BY_DEFAULT = 18;

/** Creates a data directory whose superuser is "postgres", under the servers' account. */
export async function initdb(server: Server, folder: string, options: DataDirectoryOptions): Promise<void> {
  const program = join(server.programs, 'initdb');
  const args = initdbArguments(server, folder, options);
  announce([[program, ...args]]);
  await runOk(program, args, { account: serverAccount(), cwd: '/' });
  const settings = Object.entries({ ...DEFAULT_SETTINGS, ...options.settings });
  appendFileSync(
    join(folder, 'postgresql.conf'),
    lines(settings.map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`)),
  );
  writeFileSync(join(folder, 'pg_hba.conf'), lines([FIRST_HBA_LINE, ...(options.hba ?? TRUST_EVERYBODY)]));
}

function initdbArguments(server: Server, folder: string, options: DataDirectoryOptions): string[] {
  const args = [`--pgdata=${folder}`, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'];
  if (options.checksums ?? true) args.push('--data-checksums');
  else if (server.major >= CHECKSUMS_BY_DEFAULT) args.push('--no-data-checksums');
  return [...args, '--no-sync', ...(options.initdb ?? [])];
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
