/**
 * Runs once before the tests that need real servers: fetches the versions asked for, and says what there is to
 * test with and what is missing, so that nothing is skipped in silence.
 */

import { type ClientTool, clientTool, installServers, servers } from './servers.ts';

const CLIENT_TOOLS: readonly ClientTool[] = [
  'pg_basebackup',
  'pg_verifybackup',
  'pg_combinebackup',
  'pg_amcheck',
  'pg_waldump',
  'psql',
  'pgbench',
];

let said = false;

/** Called by vitest, once for each project that names this file. */
export function setup(): void {
  if (said) return;
  said = true;
  installServers();
  const versions = servers().map(({ version }) => version);
  process.stderr.write(`servers to test with: PostgreSQL ${versions.join(', ')}\n`);
  const missing = CLIENT_TOOLS.filter((name) => clientTool(name) === undefined);
  if (missing.length > 0) {
    process.stderr.write(`not installed, so their tests are skipped: ${missing.join(', ')}\n`);
  }
}
