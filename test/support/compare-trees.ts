/**
 * Data directories set against each other, with the tablespaces that they link to: modes, names and contents.
 * What they cannot have in common is listed here, and why; every other difference is a complaint. WAL is not
 * compared: each backup has its own.
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
/** What a backup has besides. */
const ADDED = ['backup_label', 'backup_manifest'];
/** The checkpoint at the start of a backup stands in both, the file's time in the manifest. */
const REWRITTEN = ['backup_label', 'backup_manifest', 'global/pg_control'];

type Tree = Map<string, TreeEntry>;

/** Compares a restore with the data directory of the server at rest that it came from. */
export async function compareDataDirectory(restored: string, original: string): Promise<string[]> {
  const [found, expected] = [await wholeTree(restored), await wholeTree(original)];
  for (const path of ADDED) found.delete(path);
  for (const path of expected.keys()) {
    if (LEFT_OUT.some((pattern) => pattern.test(path)) || isUnlogged(path, expected)) expected.delete(path);
  }
  return compare(found, expected);
}

/** Compares a restore with what pg_basebackup -Fp has made of the same server at rest. */
export async function comparePlain(restored: string, theirs: string): Promise<string[]> {
  return compare(await wholeTree(restored), await wholeTree(theirs));
}

/** A data directory without WAL, the files of tablespaces below the names of their links. */
async function wholeTree(directory: string): Promise<Tree> {
  const whole = await tree(directory);
  for (const [path, { link }] of [...whole]) {
    if (link === undefined) continue;
    // Where a tablespace lies is for the test of the restored server to say.
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
