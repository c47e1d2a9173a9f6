/**
 * Compares data directories, with the tablespaces that they link to: modes, names and contents. Differences that cannot
 * be avoided are listed here, with the reason; every other difference is a complaint. WAL is not compared, since each
 * backup has its own.
 */

import { join } from 'node:path';
import { type TreeEntry, tree } from './tree.ts';

/** What a backup leaves out: excludeDirContents and excludeFiles in src/backend/backup/basebackup.c. */
const LEFT_OUT = [
  /^pg_(dynshmem|notify|replslot|serial|snapshots|stat_tmp|subtrans)\//,
  /(^|\/)(pg_internal\.init|pgsql_tmp)$/,
  /^postmaster\.(pid|opts)$/,
];
const WAL = /^pg_wal\//;
/** Files that only a backup has. */
const ADDED = ['backup_label', 'backup_manifest'];
/** Both contain the checkpoint at the start of the backup; the manifest also contains the file's time. */
const REWRITTEN = ['backup_label', 'backup_manifest', 'global/pg_control'];

type Tree = Map<string, TreeEntry>;

/** Compares a restored directory with the data directory of the idle server that was backed up. */
export async function compareDataDirectory(restored: string, original: string): Promise<string[]> {
  const [found, expected] = [await wholeTree(restored), await wholeTree(original)];
  for (const path of ADDED) found.delete(path);
  for (const path of expected.keys()) {
    if (LEFT_OUT.some((pattern) => pattern.test(path)) || isUnlogged(path, expected)) expected.delete(path);
  }
  return compare(found, expected);
}

/** Compares a restored directory with that of pg_basebackup -Fp from the same idle server. */
export async function comparePlain(restored: string, theirs: string): Promise<string[]> {
  return compare(await wholeTree(restored), await wholeTree(theirs));
}

/** The files of a data directory without WAL; those of tablespaces are below the names of their links. */
async function wholeTree(directory: string): Promise<Tree> {
  const whole = await tree(directory);
  for (const [path, { link }] of [...whole]) {
    if (link === undefined) continue;
    // The location of a tablespace is checked by the test of the restored server.
    whole.set(path, { type: 'link', mode: '' });
    for (const [inner, entry] of await tree(link)) whole.set(join(path, inner), entry);
  }
  for (const path of whole.keys()) if (WAL.test(path)) whole.delete(path);
  return whole;
}

/** Only the init forks of unlogged relations are backed up. */
function isUnlogged(path: string, whole: Tree): boolean {
  const relation = /^(.*\/\d+)(?:_fsm|_vm)?(?:\.\d+)?$/.exec(path)?.[1];
  return relation !== undefined && whole.has(`${relation}_init`);
}

function compare(found: Tree, expected: Tree): string[] {
  const paths = new Set([...found.keys(), ...expected.keys()]);
  return [...paths].flatMap((path) => {
    const [one, other] = [found, expected].map((whole) => description(path, whole.get(path)));
    return one === other ? [] : [`${path}: ${one}, not ${other}`];
  });
}

function description(path: string, entry: TreeEntry | undefined): string {
  if (entry === undefined) return 'absent';
  const { type, mode, size, sha256 } = entry;
  return JSON.stringify(REWRITTEN.includes(path) ? { type, mode } : { type, mode, size, sha256 });
}
