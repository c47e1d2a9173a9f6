/**
 * The first three tests of every tool: --help and --version on standard output and nothing else; for a wrong command
 * line one error message, a hint, status 2, and nothing on standard output.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMBINE_OPTIONS } from '../../lib/tool/combine/combine-options.ts';
import { COMPRESS_OPTIONS } from '../../lib/tool/compress/compress-options.ts';
import { helpText } from '../../lib/tool/help.ts';
import { RELOCATE_OPTIONS } from '../../lib/tool/relocate/relocate-options.ts';
import { SPLIT_OPTIONS } from '../../lib/tool/split/split-options.ts';
import { STREAM_OPTIONS } from '../../lib/tool/stream/stream-options.ts';
import { VERIFY_OPTIONS } from '../../lib/tool/verify/verify-options.ts';
import { type Finished, run } from '../support/run.ts';
import { tool } from '../support/tools.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

function runTool(name: string, args: readonly string[]): Promise<Finished> {
  return run(tool(name, []).command, args);
}

/** A command line and the complaint about it, with its hint if it is not the usual one. */
type Row = readonly [args: readonly string[], complaint: string, hint?: string];

const EVERY_TOOL: readonly Row[] = [
  [['--nosuch'], 'unrecognized option "--nosuch"'],
  [['--nosuch=1'], 'unrecognized option "--nosuch"'],
  [['-y'], 'unrecognized option "-y"'],
  [['-vPy'], 'unrecognized option "-y"'],
  [['--verbose=1'], 'option "--verbose" does not take a value'],
  [['--progress=xml'], 'invalid form of progress "xml", must be "json" if given'],
];

const STREAM: readonly Row[] = [
  [['--label'], 'option "--label" requires a value'],
  [['-vl'], 'option "-l" requires a value'],
  [['host=/tmp', 'extra'], 'too many command-line arguments (first is "extra")'],
  [['--', '-v', '-v'], 'too many command-line arguments (first is "-v")'],
  [['-d', 'host=a', 'host=b'], 'connection string was given twice, with -d and as an argument'],
  [['-w', '-W'], '--no-password and --password are incompatible options'],
  [['--check', '--estimate'], '--check and --estimate are incompatible options'],
  [['-c', 'slow'], 'invalid checkpoint argument "slow", must be "fast" or "spread"'],
  [['-r', '31'], 'transfer rate "31" is out of range, must be from "32k" to "1024M"'],
  [['-X', 'copy'], 'invalid wal-method option "copy", must be "fetch", "stream", or "none"'],
  [['-C'], '--create-slot needs a slot to be specified using --slot'],
];

const SPLIT: readonly Row[] = [
  [['--pgdata'], 'option "--pgdata" requires a value'],
  [['-ND'], 'option "-D" requires a value'],
  [['-D', '/nosuch', 'backup', 'extra'], 'too many command-line arguments (first is "extra")'],
  [['-Fp', '-t'], 'unrecognized option "-t"', 'To list the archives and their members, use --list.'],
  [[], 'no target directory specified'],
  [['-D', ''], 'no target directory specified'],
  [['-D', '/nosuch', '-F', 'c'], 'invalid output format "c", must be "plain" or "tar"'],
  [['-D', '/nosuch', '-T', '/a=/b'], '--tablespace-mapping can only be specified in plain mode'],
  [['-Fp', '-D', '/nosuch', '-T', '/a'], 'invalid tablespace mapping format "/a", must be "OLDDIR=NEWDIR"'],
  [['--json'], '--json needs --list'],
  [['--list', '-D', '/nosuch'], '--list and --pgdata are incompatible options'],
];

const RELOCATE: readonly Row[] = [
  [['--oid'], 'option "--oid" requires a value'],
  [['-vT'], 'option "-T" requires a value'],
  [['-T', '/a=/b', 'backup', 'extra'], 'too many command-line arguments (first is "extra")'],
  [[], 'no tablespace mapping specified'],
  [['-T', '/a'], 'invalid tablespace mapping format "/a", must be "OLDDIR=NEWDIR"'],
  [['--oid=x=/b'], 'invalid OID "x" in tablespace mapping'],
  [['--all-into=b'], 'new directory is not an absolute path in tablespace mapping: b'],
  [['--list', '-T', '/a=/b'], '--list relocates nothing and does not go with --tablespace-mapping'],
];

const COMPRESS: readonly Row[] = [
  [['--compress'], 'option "--compress" requires a value'],
  [['-vZ'], 'option "-Z" requires a value'],
  [['file', 'extra'], 'too many command-line arguments (first is "extra")'],
  [['-Z', 'bzip2'], 'unrecognized compression algorithm: "bzip2"'],
  [['-Z', 'zstd:fast'], 'invalid compression specification: unrecognized compression option: "fast"'],
  [['-j', '0'], '-j/--jobs must be in range 1..256'],
  [['-d', '-z'], '--decompress and --compress are incompatible options'],
];

const VERIFY: readonly Row[] = [
  [['--manifest-path'], 'option "--manifest-path" requires a value'],
  [['-qi'], 'option "-i" requires a value'],
  [['backup', 'extra'], 'too many command-line arguments (first is "extra")'],
  [['-D', '/nosuch'], 'unrecognized option "-D"', 'The directory is an argument; use "bb-verify DIRECTORY".'],
  [[''], 'no backup directory specified'],
  [['-P', '-q'], 'cannot specify both -P/--progress and -q/--quiet'],
  [['-Fp'], 'a backup format goes with a directory only'],
  [['-j', '0', '/nosuch'], '-j/--jobs must be in range 1..64'],
  [['-j', '2'], '--jobs does not go with a backup on standard input or in a file'],
  [['--tee', '/nosuch'], '--tee does not go with a directory'],
  [['-a', 'MD5'], 'unrecognized checksum algorithm: "MD5"'],
];

const COMBINE: readonly Row[] = [
  [['--pgdata'], 'option "--pgdata" requires a value'],
  [['-o', '/nosuch'], 'unrecognized option "-o"', 'The directory is given with -D DIRECTORY.'],
  [['-D', '', 'backup'], 'no target directory specified'],
  [['-D', '/nosuch'], 'no backups specified'],
  [[], 'no backups specified'],
  [
    ['-T', '/a=/b', 'backup'],
    '--tablespace-mapping needs -D/--pgdata',
    'Without a directory, a stream is written; use "bb-combine ... | bb-split -Fp -D DIRECTORY".',
  ],
  [
    ['-N', 'backup'],
    '--no-sync needs -D/--pgdata',
    'Without a directory, a stream is written; use "bb-combine ... | bb-split -Fp -D DIRECTORY".',
  ],
  [['-D', '/nosuch', '--spool=1GB', 'a'], '--pgdata and --spool are incompatible options'],
  [
    ['--spool=1Gb', 'a'],
    'invalid value "1Gb" for option --spool',
    'Valid units are "B", "kB", "MB", "GB", and "TB".',
  ],
  [['--manifest-checksums=SHA256', 'a'], '--manifest-checksums needs an incremental backup, or -D/--pgdata'],
  [['-D', '/nosuch', '--manifest-checksums=MD5', 'a'], 'unrecognized checksum algorithm: "MD5"'],
  [['-D', '/nosuch', '--waldir=wal', 'a'], 'WAL directory location must be an absolute path'],
];

describe.each([
  { name: 'bb-stream', table: STREAM_OPTIONS, rows: [...EVERY_TOOL, ...STREAM] },
  { name: 'bb-relocate', table: RELOCATE_OPTIONS, rows: [...EVERY_TOOL, ...RELOCATE] },
  { name: 'bb-split', table: SPLIT_OPTIONS, rows: [...EVERY_TOOL, ...SPLIT] },
  { name: 'bb-combine', table: COMBINE_OPTIONS, rows: [...EVERY_TOOL, ...COMBINE] },
  { name: 'bb-verify', table: VERIFY_OPTIONS, rows: [...EVERY_TOOL, ...VERIFY] },
  { name: 'bb-compress', table: COMPRESS_OPTIONS, rows: [...EVERY_TOOL, ...COMPRESS] },
])('$name', ({ name, table, rows }) => {
  it.each(['--help', '-?', '-v?'])('%s', async (option) => {
    const { status, stdout, stderr } = await runTool(name, [option]);
    expect([status, stdout.toString(), stderr]).toEqual([0, helpText(table), '']);
  });

  it.each(['--version', '-V'])('%s', async (option) => {
    const { status, stdout, stderr } = await runTool(name, [option]);
    expect([status, stdout.toString(), stderr]).toEqual([0, `${name} (bb) ${version}\n`, '']);
  });

  it.each(rows.map(([args, complaint, hint]) => ({ args, complaint, hint })))(
    '$args',
    async ({ args, complaint, hint = `Try "${name} --help" for more information.` }) => {
      const { status, stdout, stderr } = await runTool(name, args);
      const said = `${name}: error: ${complaint}\n${name}: hint: ${hint}\n`;
      expect([status, stdout.toString(), stderr]).toEqual([2, '', said]);
    },
  );
});
