/**
 * Runs once before the tests that need real servers: fetches the requested versions, and prints which servers and tools
 * are used and which are missing, so that nothing is skipped silently.
 */

import { MISSING_FOR_OBJECT_STORE } from './object-store-programs.ts';
import { type ClientTool, clientTool, installServers, missingMajors, ownTool, servers } from './servers.ts';

const CLIENT_TOOLS: readonly ClientTool[] = [
  'pg_basebackup',
  'pg_verifybackup',
  'pg_combinebackup',
  'pg_amcheck',
  'pg_waldump',
  'psql',
  'pgbench',
];
/** Tools that work fully only with servers of their own version. */
const WAL_READERS: readonly ClientTool[] = ['pg_verifybackup', 'pg_waldump'];

let said = false;
let saidAgain = false;

/** Called by vitest, once for each project that names this file. */
export function setup(): void {
  if (said) return;
  said = true;
  for (const complaint of installServers()) process.stderr.write(`${complaint}\n`);
  tellMissing();
  const versions = servers().map(({ version }) => version);
  process.stderr.write(`servers to test with: PostgreSQL ${versions.join(', ')}\n`);
  for (const name of CLIENT_TOOLS) {
    const find = WAL_READERS.includes(name) ? ownTool : clientTool;
    const without = servers().filter((server) => find(name, server) === undefined);
    if (without.length === 0) continue;
    const reason = clientTool(name) === undefined ? 'not installed' : 'of the wrong version';
    const majors = without.map(({ major }) => major).join(', ');
    process.stderr.write(`${name} is ${reason} for PostgreSQL ${majors}: some tests are skipped\n`);
  }
}

/** Prints again at the end, where it is read, which versions were missing. */
export function teardown(): void {
  if (saidAgain) return;
  saidAgain = true;
  tellMissing();
}

function tellMissing(): void {
  if (MISSING_FOR_OBJECT_STORE.length > 0) {
    const programs = MISSING_FOR_OBJECT_STORE.join(', ');
    process.stderr.write(`NOT TESTED: places in an object store, for lack of ${programs}\n`);
  }
  for (const major of missingMajors()) {
    process.stderr.write(`NOT TESTED: there is no server of PostgreSQL ${major} to test with\n`);
  }
}
