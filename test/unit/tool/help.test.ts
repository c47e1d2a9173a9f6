import { describe, expect, it } from 'vitest';
import { COMBINE_OPTIONS } from '../../../lib/tool/combine/combine-options.ts';
import { COMPRESS_OPTIONS } from '../../../lib/tool/compress/compress-options.ts';
import { helpText } from '../../../lib/tool/help.ts';
import { RELOCATE_OPTIONS } from '../../../lib/tool/relocate/relocate-options.ts';
import { SPLIT_OPTIONS } from '../../../lib/tool/split/split-options.ts';
import { STREAM_OPTIONS } from '../../../lib/tool/stream/stream-options.ts';
import { VERIFY_OPTIONS } from '../../../lib/tool/verify/verify-options.ts';

const TOOLS = [
  STREAM_OPTIONS,
  SPLIT_OPTIONS,
  VERIFY_OPTIONS,
  COMPRESS_OPTIONS,
  RELOCATE_OPTIONS,
  COMBINE_OPTIONS,
];
const LONGEST_LINE = 100;

describe('helpText', () => {
  it('shows usage and options, aligned, an option that is too long on a line of its own', () => {
    const text = helpText({
      tool: 'bb-test',
      purpose: 'is for tests.',
      usage: ['[OPTION]... [FILE]', '--list'],
      example: 'bb-test --list < FILE',
      maxOperands: 1,
      groups: [
        {
          title: 'First options',
          options: [
            { name: 'pgdata', short: 'D', value: 'DIRECTORY', help: 'the directory' },
            { name: 'manifest-checksums', value: 'ALGORITHM', help: 'an option that is too long' },
            { name: 'max-rate', short: 'r', value: 'RATE', help: 'first line\nsecond line' },
          ],
        },
        {
          title: 'Other options',
          options: [
            { name: 'progress', short: 'P', value: 'json', valueOptional: true, help: 'optional value' },
            { name: 'list', help: 'no short form' },
          ],
        },
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "bb-test is for tests.

      Usage:
        bb-test [OPTION]... [FILE]
        bb-test --list

      First options:
        -D, --pgdata=DIRECTORY         the directory
            --manifest-checksums=ALGORITHM
                                       an option that is too long
        -r, --max-rate=RATE            first line
                                       second line

      Other options:
        -P, --progress[=json]          optional value
            --list                     no short form

      Example:
        bb-test --list < FILE

      For the manual, type "man bb-test"; for recipes, "man 7 bb".
      "
    `);
  });

  it('is this for bb-compress', () => {
    expect(helpText(COMPRESS_OPTIONS)).toMatchInlineSnapshot(`
      "bb-compress compresses or decompresses a PostgreSQL base backup, or any file, in a pipe.

      Usage:
        bb-compress [OPTION]... [FILE]
        bb-compress -d [OPTION]... [FILE]
        bb-compress -t [OPTION]... [FILE]

      Options controlling the output:
        -Z, --compress=METHOD[:DETAIL] compress with gzip, lz4 or zstd (default: zstd)
        -NUM, --level=NUM              compress at this level, as in -9
        -z, --gzip                     compress with gzip
        -j, --jobs=NUM                 use this many threads to compress
                                       (default: the number of processors)
        -d, --decompress               decompress
        -t, --test                     test the compressed input, but write nothing
            --strict                   fail if an archive is already compressed

      General options:
        -P, --progress[=json]          show progress information
        -v, --verbose                  output verbose messages
        -V, --version                  output version information, then exit
        -?, --help                     show this help, then exit

      Example:
        ssh db1 bb-stream | bb-verify --tee -q | bb-compress -Z zstd:3 | bb-split -D /backup/db1

      For the manual, type "man bb-compress"; for recipes, "man 7 bb".
      "
    `);
  });

  it('is this for bb-stream', () => {
    expect(helpText(STREAM_OPTIONS)).toMatchInlineSnapshot(`
      "bb-stream takes a base backup of a PostgreSQL server and writes it to standard output.

      Usage:
        bb-stream [OPTION]... [CONNINFO]
        bb-stream --pgdata=DIRECTORY [OPTION]... [CONNINFO]
        bb-stream --pgdata=DIRECTORY --offline [OPTION]...
        bb-stream --backup=PLACE [OPTION]...

      Options controlling the backup:
        -c, --checkpoint=fast|spread   set fast or spread (default) checkpointing
        -i, --incremental=OLDMANIFEST  take incremental backup of what has changed since
                                       the backup with this manifest
        -l, --label=LABEL              set backup label
        -r, --max-rate=RATE            maximum transfer rate
                                       (in kB/s, or use suffix "k" or "M")
        -Z, --compress=server-METHOD[:DETAIL]
                                       compress at the server with gzip, lz4 or zstd
            --manifest-checksums=SHA{224,256,384,512}|CRC32C|NONE
                                       use algorithm for manifest checksums
            --manifest-force-encode    hex encode all file names in manifest
            --no-estimate-size         do not estimate backup size at the server
            --no-manifest              suppress generation of backup manifest
            --no-verify-checksums      do not verify page checksums at the server

      Options controlling write-ahead log:
        -X, --wal-method=none|fetch|stream
                                       include required WAL files with specified method
                                       (default: stream)
        -S, --slot=SLOTNAME            replication slot to use
        -C, --create-slot              create replication slot
            --no-slot                  prevent creation of temporary replication slot
        -s, --status-interval=SECS     time between status packets sent to server
                                       (default: 10 seconds)
            --wal-spool=SIZE           limit of disk space in $TMPDIR for WAL that must wait
                                       (default: 1GB)

      Options controlling the source:
            --backup=PLACE             read a stored backup, a directory, an s3:// URL or a file
        -T, --tablespace-mapping=OLDDIR=NEWDIR
                                       tablespace of --backup in OLDDIR lies in NEWDIR
            --pgdata=DIRECTORY         read the data directory of a server on this host
            --offline                  the server of --pgdata was stopped cleanly
        -j, --jobs=NUM                 use this many threads to read the files of --pgdata
                                       (default: 1)

      Options that take no backup:
            --check                    check whether a backup would work, but take none
            --format=text|json         output format of --check (default: text)
            --estimate                 print an upper bound of the stream's size in bytes,
                                       but take no backup

      Connection options:
        -d, --dbname=CONNINFO          connection string or URI
        -h, --host=HOSTNAME            database server host or socket directory
        -p, --port=PORT                database server port number
        -U, --username=NAME            connect as specified database user
        -w, --no-password              never prompt for password
        -W, --password                 force password prompt (should happen automatically)

      General options:
        -P, --progress[=json]          show progress information
        -v, --verbose                  output verbose messages
        -V, --version                  output version information, then exit
        -?, --help                     show this help, then exit

      Example:
        ssh db1 bb-stream -c fast | bb-split -D /backup/db1

      For the manual, type "man bb-stream"; for recipes, "man 7 bb".
      "
    `);
  });

  it('is this for bb-split', () => {
    expect(helpText(SPLIT_OPTIONS)).toMatchInlineSnapshot(`
      "bb-split writes a PostgreSQL base backup, from standard input or BACKUP, to files.

      Usage:
        bb-split [OPTION]... -D DIRECTORY [BACKUP]
        bb-split [OPTION]... --filter=COMMAND [BACKUP]
        bb-split [OPTION]... --to-stdout=NAME [BACKUP]
        bb-split --list [--json] [BACKUP]

      Options controlling the output:
        -D, --pgdata=DIRECTORY         write the backup into this directory, or to an s3:// URL
        -F, --format=p|t               output format (plain, tar (default))
            --filter=COMMAND           write each archive to a shell command; its name is $FILE
            --to-stdout=NAME           write one archive, or one file in it, to standard output
            --list                     list the archives and their members, but write no files
            --json                     list as JSON, one object per line

      Options for plain format:
        -T, --tablespace-mapping=OLDDIR=NEWDIR
                                       relocate tablespace in OLDDIR to NEWDIR
            --waldir=WALDIR            location for the write-ahead log directory
            --only=PATTERN             extract only files that match this pattern
            --exclude=PATTERN          extract no files that match this pattern
            --database=NAME|OID        restore only this database, and leave others empty
            --owner=USER[:GROUP]       give the files to this user (root only)
            --sparse                   write long runs of zeros as holes

      Options controlling recovery (plain format):
        -R, --write-recovery-conf      write configuration for replication
            --primary-conninfo=CONNINFO
                                       connection string for the primary
                                       (default: PG* variables)
        -S, --slot=SLOTNAME            replication slot to use at the primary
            --recovery                 write configuration for recovery from an archive
            --restore-command=COMMAND  how the server fetches a file from the archive
            --target-time=TIMESTAMP    recover up to this time
            --target-lsn=LSN           recover up to this WAL position
            --target-xid=XID           recover up to this transaction
            --target-name=NAME         recover up to this restore point
            --target-immediate         recover to the end of the backup only
            --target-action=pause|promote|shutdown
                                       what to do at the target (default: pause)
            --target-timeline=latest|current|N
                                       recover along this timeline (default: latest)
            --archive-mode=off|preserve
                                       turn off WAL archiving of the restored server,
                                       or preserve its settings

      General options:
        -n, --no-clean                 do not clean up after errors
        -N, --no-sync                  do not wait for changes to be written safely to disk
        -j, --jobs=NUM                 upload this many parts at a time (s3:// URL)
        -P, --progress[=json]          show progress information
        -v, --verbose                  output verbose messages
        -V, --version                  output version information, then exit
        -?, --help                     show this help, then exit

      Example:
        bb-split -Fp -D /srv/pg/db1 -T /ssd/ts1=/srv/pg/ts1 /backup/db1

      For the manual, type "man bb-split"; for recipes, "man 7 bb".
      "
    `);
  });

  it('is this for bb-verify', () => {
    expect(helpText(VERIFY_OPTIONS)).toMatchInlineSnapshot(`
      "bb-verify verifies a PostgreSQL base backup: its manifest, files, pages and WAL.

      Usage:
        bb-verify [OPTION]... DIRECTORY
        bb-verify [OPTION]... [--tee] [FILE]

      Options controlling what is verified:
        -F, --format=p|t|text|json     backup format (plain, tar), or form of the report
                                       (text (default), json)
        -i, --ignore=PATH              ignore indicated path
        -m, --manifest-path=PATH       use specified path for manifest
        -a, --algorithm=SHA{224,256,384,512}|CRC32C
                                       checksum algorithm of the manifest of a stream or tar
                                       (default: CRC32C)
        -n, --no-parse-wal             do not try to parse WAL files
        -w, --wal-path=PATH            use specified path for WAL files
                                       (a directory, or a tar, compressed or not)
            --wal-directory=PATH       older name of --wal-path
        -s, --skip-checksums           skip checksum verification
            --page-checksums           insist on verifying page checksums
            --no-page-checksums        do not verify page checksums

      General options:
            --tee                      pass the stream on to standard output
        -j, --jobs=NUM                 use this many threads to read a data directory
        -e, --exit-on-error            exit immediately on error
        -q, --quiet                    do not print any output, except for errors
        -P, --progress[=json]          show progress information
        -v, --verbose                  output verbose messages
        -V, --version                  output version information, then exit
        -?, --help                     show this help, then exit

      Example:
        ssh db1 bb-stream | bb-verify --tee -q | bb-split -D /backup/db1

      For the manual, type "man bb-verify"; for recipes, "man 7 bb".
      "
    `);
  });

  it('is this for bb-relocate', () => {
    expect(helpText(RELOCATE_OPTIONS)).toMatchInlineSnapshot(`
      "bb-relocate moves tablespaces in a PostgreSQL base backup on its way through a pipe.

      Usage:
        bb-relocate [OPTION]... [BACKUP]
        bb-relocate --list [BACKUP]

      Options controlling the output:
            --oid=OID=NEWDIR           relocate tablespace with this OID to NEWDIR
        -T, --tablespace-mapping=OLDDIR=NEWDIR
                                       relocate tablespace in OLDDIR to NEWDIR
            --prefix=OLDDIR=NEWDIR     relocate tablespaces in and below OLDDIR to NEWDIR
                                       or to the same path below it
            --all-into=DIRECTORY       relocate all other tablespaces to DIRECTORY/OID
            --list                     list the tablespaces, then exit

      General options:
        -P, --progress[=json]          show progress information
        -v, --verbose                  output verbose messages
        -V, --version                  output version information, then exit
        -?, --help                     show this help, then exit

      Example:
        bb-relocate --all-into=/srv/pg/tablespaces < db1.backup | bb-split -D /backup/db1

      For the manual, type "man bb-relocate"; for recipes, "man 7 bb".
      "
    `);
  });

  it('is this for bb-combine', () => {
    expect(helpText(COMBINE_OPTIONS)).toMatchInlineSnapshot(`
      "bb-combine restores incremental backups of PostgreSQL, with the full backup that they build upon.

      Usage:
        bb-combine [OPTION]... -D DIRECTORY BACKUP...
        bb-combine --apply [OPTION]... -D DIRECTORY BACKUP
        bb-combine [OPTION]... BACKUP...

      Options controlling the output:
        -D, --pgdata=DIRECTORY         write a data directory here
                                       (default: a backup stream to standard output)
            --apply                    apply one incremental backup to DIRECTORY, which
                                       holds the backup before it as it was restored
            --verify                   with --apply, verify all files of DIRECTORY first
        -T, --tablespace-mapping=OLDDIR=NEWDIR
                                       relocate tablespace in OLDDIR to NEWDIR
            --waldir=WALDIR            location for the write-ahead log directory
            --owner=USER[:GROUP]       give the files to this user (root only)
            --sparse                   make holes of long runs of zeros
            --manifest-checksums=NONE|CRC32C|SHA224|SHA256|SHA384|SHA512
                                       use algorithm for checksums of the new manifest
                                       (default: that of the newest backup)
            --spool=SIZE               limit of disk space in $TMPDIR for incremental backups,
                                       when a stream is written (default: none)

      Options controlling recovery:
        -R, --write-recovery-conf      write configuration for replication
            --primary-conninfo=CONNINFO
                                       connection string for the primary
                                       (default: PG* variables)
        -S, --slot=SLOTNAME            replication slot to use at the primary
            --recovery                 write configuration for recovery from an archive
            --restore-command=COMMAND  how the server fetches a file from the archive
            --target-time=TIMESTAMP    recover up to this time
            --target-lsn=LSN           recover up to this WAL position
            --target-xid=XID           recover up to this transaction
            --target-name=NAME         recover up to this restore point
            --target-immediate         recover to the end of the backup only
            --target-action=pause|promote|shutdown
                                       what to do at the target (default: pause)
            --target-timeline=latest|current|N
                                       recover along this timeline (default: latest)
            --archive-mode=off|preserve
                                       turn off WAL archiving of the restored server,
                                       or preserve its settings

      General options:
        -n, --no-clean                 do not clean up after errors
        -N, --no-sync                  do not wait for changes to be written safely to disk
        -P, --progress[=json]          show progress information
        -v, --verbose                  output verbose messages
        -V, --version                  output version information, then exit
        -?, --help                     show this help, then exit

      Example:
        bb-combine -D /srv/pg/db1 -T /ssd/ts1=/srv/pg/ts1 /backup/sunday /backup/monday

      For the manual, type "man bb-combine"; for recipes, "man 7 bb".
      "
    `);
  });

  it.each(TOOLS)('fits on a terminal: $tool', (table) => {
    const lines = helpText(table).split('\n');
    expect(lines.filter((line) => line.length > LONGEST_LINE)).toEqual([]);
  });
});

describe.each(TOOLS)('the option table of $tool', (table) => {
  const options = table.groups.flatMap((group) => group.options);

  it('has every name and every letter once', () => {
    const spellings = options.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
    expect(new Set(spellings).size).toBe(spellings.length);
  });

  it('keeps -h for the host and has the letters of PostgreSQL for help and version', () => {
    const letters = Object.fromEntries(options.map(({ name, short }) => [name, short]));
    expect(letters).toMatchObject({ help: '?', version: 'V', verbose: 'v', progress: 'P' });
  });

  it('says what each option does in the style of PostgreSQL: no capital, no full stop', () => {
    expect(options.filter(({ help }) => !/^[a-z].*[^.]$/s.test(help))).toEqual([]);
  });
});
