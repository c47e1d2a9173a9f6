/**
 * Options that users know from pg_basebackup, pg_verifybackup, tar, gzip and zstd, and that a tool does not
 * have: what to use instead, by the option as it is typed. An option that a tool gains leaves its table.
 */

/** A sentence for each option that the tool does not have. */
export type Habits = Readonly<Record<string, string>>;

/** The same sentence for several spellings. */
function each(spellings: string, hint: string): Habits {
  return Object.fromEntries(spellings.split(' ').map((spelling) => [spelling, hint]));
}

const COMPRESS_NEXT = 'Compress in the pipe: "bb-stream ... | bb-compress -Z zstd | bb-split -D DIRECTORY".';
const DECOMPRESS_BEFORE = 'Decompress in the pipe: "bb-compress -d < FILE | ...".';
const FROM_SERVER = 'That is an option of bb-stream, which takes the backup: "bb-stream ... | bb-split ...".';
const FROM_INPUT = 'Name the file without an option, or use "... < FILE".';
const TO_OUTPUT = 'The result goes to standard output; use "... > FILE".';

/** pg_basebackup's that are about files. */
export const STREAM_HABITS: Habits = {
  ...each('-D', 'The backup goes to standard output; use "bb-stream ... | bb-split -D DIRECTORY".'),
  ...each('-F', 'The format is an option of bb-split; use "bb-stream ... | bb-split -Fp -D DIRECTORY".'),
  ...each('-R --write-recovery-conf', 'Use "bb-stream ... | bb-split -Fp -R -D DIRECTORY".'),
  ...each('--waldir', 'Use "bb-stream ... | bb-split -Fp --waldir=WALDIR -D DIRECTORY".'),
  ...each(
    '-z --gzip',
    'Use "bb-stream ... | bb-compress -z | ...", or -Z server-gzip to compress at the server.',
  ),
  ...each('-t --target', 'The backup goes to standard output; use "bb-stream ... | bb-split -D DIRECTORY".'),
  ...each('-n --no-clean -N --no-sync --sync-method', 'Use it with bb-split, which writes the files.'),
  ...each('-x --xlog --xlog-method', 'WAL is included with -X stream (the default) or -X fetch.'),
  ...each('-f --file -o --output', 'The backup goes to standard output; use "bb-stream ... > FILE".'),
};

/** pg_basebackup's that are about the server, tar's, and those of compressors. */
export const SPLIT_HABITS: Habits = {
  ...each('-z -Z --gzip --compress', COMPRESS_NEXT),
  ...each(
    '-X --wal-method -c --checkpoint -l --label -r --max-rate -i --incremental -C --create-slot',
    FROM_SERVER,
  ),
  ...each('-h --host -p --port -U --username -d --dbname -w --no-password -W --password', FROM_SERVER),
  ...each('-t', 'To list the archives and their members, use --list.'),
  ...each('-x --extract --get', 'To extract the archives, use -Fp -D DIRECTORY.'),
  ...each('-f --file -I --input', FROM_INPUT),
  ...each('-O', 'To write one archive, or one file in it, to standard output, use --to-stdout=NAME.'),
  ...each('-J --xz -a --auto-compress', COMPRESS_NEXT),
  ...each('--directory', 'Use -D DIRECTORY.'),
  ...each('--tablespace --tablespace-map --link-map', 'Tablespaces are mapped with -T OLDDIR=NEWDIR.'),
  ...each('--tablespace-map-all', 'Use "... | bb-relocate --all-into=DIRECTORY | bb-split ...".'),
};

/** Those of gzip, zstd and lz4 that are about files. */
export const COMPRESS_HABITS: Habits = {
  ...each('-l --list', 'To list the archives of a backup with their sizes, use "bb-split --list".'),
  ...each('-k --keep', 'Files are always kept; leave the option out.'),
  ...each('-c --stdout --to-stdout', 'Standard output is always written; leave the option out.'),
  ...each('-f --force --rm', `No file is overwritten or removed. ${FROM_INPUT}`),
  ...each('-o -O --output', TO_OUTPUT),
  ...each('-T --threads', 'Use -j NUM; the default is the number of processors.'),
  ...each(
    '-M --memory -D --dict --adapt --rsyncable',
    'Settings of a method follow its name, as in -Z zstd:level=9,long.',
  ),
  ...each('--long --ultra', 'Use -Z zstd:level=LEVEL,long.'),
  ...each('--fast', 'Use -Z METHOD:LEVEL; the levels of zstd go down to -131072.'),
  ...each('--best', 'Use -Z METHOD:LEVEL; the highest level is 9 for gzip, 12 for lz4 and 22 for zstd.'),
  ...each('--uncompress', 'To decompress, use -d.'),
  ...each('-n -N --no-name --name -S --suffix -r --recursive', FROM_INPUT),
  ...each('-p --processes', 'Use -j NUM.'),
};

/** Those of pg_basebackup, tar and checksum programs. */
export const VERIFY_HABITS: Habits = {
  ...each('-D --pgdata --directory', 'The directory is an argument; use "bb-verify DIRECTORY".'),
  ...each('-t --test -c --check', 'Verifying is all that bb-verify does; leave the option out.'),
  ...each('-f --file', 'Use "bb-verify FILE" or "bb-verify < FILE".'),
  ...each('-d --decompress -z --gzip', 'Compressed archives are recognised; leave the option out.'),
  ...each('-T --tablespace-mapping', 'Tablespaces are found by their links in "pg_tblspc".'),
  ...each('-r --no-recursive', 'The whole backup is verified, except for what is ignored with -i PATH.'),
};

/** Those of pg_basebackup and tar. */
export const RELOCATE_HABITS: Habits = {
  ...each(
    '-D --pgdata',
    'The backup goes to standard output; use "bb-relocate ... | bb-split -Fp -D DIRECTORY".',
  ),
  ...each('-F --format -R --write-recovery-conf --waldir', 'Use it with bb-split, which writes the files.'),
  ...each(
    '-z -Z --gzip --compress',
    'Compress in the pipe after bb-relocate: "bb-relocate ... | bb-compress -Z zstd".',
  ),
  ...each('-d --decompress', DECOMPRESS_BEFORE),
  ...each('-t -l', 'To list the tablespaces, use --list.'),
  ...each('-f --file', FROM_INPUT),
  ...each('-o --output', TO_OUTPUT),
  ...each(
    '--tablespace --tablespace-map --link-map',
    'Tablespaces are mapped with -T OLDDIR=NEWDIR or --oid OID=NEWDIR.',
  ),
  ...each('--tablespace-map-all', 'Use --all-into=DIRECTORY.'),
};

/** Those of pg_combinebackup and bb-split. */
export const COMBINE_HABITS: Habits = {
  ...each('-o --output', 'The directory is given with -D DIRECTORY.'),
  ...each('-k --link --clone --copy --copy-file-range', 'Backups are read as streams, and left as they are.'),
  ...each(
    '--no-manifest',
    'The result always has a manifest; --manifest-checksums=NONE saves the checksums.',
  ),
  ...each('-d --debug --dry-run', 'The chain is checked before anything is written.'),
  ...each(
    '-F --format',
    'A data directory is written with -D DIRECTORY, else a stream, which bb-split reads.',
  ),
  ...each('--only --exclude --database', 'Combine all of the backups.'),
};
