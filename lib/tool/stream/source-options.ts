/** The options of bb-stream that have it read files, in place of having a server send them. */

import { UsageError } from '../../errors/trouble.ts';
import type { BaseBackupOptions } from '../../libpq/replication/commands.ts';
import { parseChecksumAlgorithm } from '../../manifest/checksum.ts';
import type { FileRequest } from '../../source/pgdata/cluster-backup.ts';
import type { StoredRequest } from '../../source/stored/place.ts';
import { parseInteger } from '../integer.ts';
import type { Arguments, Option } from '../options.ts';
import { parseTablespaceMapping } from '../tablespace-mapping.ts';

/** The files of a stopped or of a running server, or a backup that was stored. */
export type FileSource =
  | { readonly kind: 'offline'; readonly request: FileRequest }
  | { readonly kind: 'online'; readonly request: FileRequest }
  | { readonly kind: 'stored'; readonly request: StoredRequest };

export const SOURCE_OPTIONS: readonly Option[] = [
  { name: 'backup', value: 'PLACE', help: 'read a stored backup, a directory, an s3:// URL or a file' },
  {
    name: 'tablespace-mapping',
    short: 'T',
    value: 'OLDDIR=NEWDIR',
    help: 'tablespace of --backup in OLDDIR lies in NEWDIR',
  },
  { name: 'pgdata', value: 'DIRECTORY', help: 'read the data directory of a server on this host' },
  { name: 'offline', help: 'the server of --pgdata was stopped cleanly' },
  {
    name: 'jobs',
    short: 'j',
    value: 'NUM',
    help: 'use this many threads to read the files of --pgdata\n(default: 1)',
  },
];

const MAX_JOBS = 64;

/** What has a meaning without a server, with one that does not send its files itself, and for a backup that is as it is. */
const FOR_OFFLINE = [
  'pgdata',
  'offline',
  'jobs',
  'manifest-checksums',
  'manifest-force-encode',
  'no-estimate-size',
  'no-manifest',
  'no-verify-checksums',
  'progress',
  'verbose',
];
const FOR_ONLINE = [
  ...FOR_OFFLINE.filter((name) => name !== 'offline'),
  'checkpoint',
  'create-slot',
  'dbname',
  'host',
  'label',
  'max-rate',
  'no-password',
  'no-slot',
  'password',
  'port',
  'slot',
  'status-interval',
  'username',
  'wal-method',
  'wal-spool',
];
const FOR_STORED = ['backup', 'progress', 'tablespace-mapping', 'verbose'];

/**
 * What is to be read; undefined if a server is to be asked. `names` are those of all options. Throws UsageError for
 * options that do not go together.
 */
export function readFileSource(
  args: Arguments,
  names: readonly string[],
  backup: BaseBackupOptions,
): FileSource | undefined {
  const insistOnNoOther = (allowed: readonly string[], option: string) => {
    const other = names.find((name) => args.has(name) && !allowed.includes(name));
    if (other !== undefined) throw new UsageError(`--${other} and ${option} are incompatible options`);
  };
  const insistOnNoConnection = (option: string) => {
    if (args.operands.length > 0) throw new UsageError(`a connection string cannot be given with ${option}`);
  };
  const place = args.value('backup');
  if (place !== undefined) {
    insistOnNoOther(FOR_STORED, '--backup');
    insistOnNoConnection('--backup');
    const mappings = args.values('tablespace-mapping').map(parseTablespaceMapping);
    return { kind: 'stored', request: { place, mappings } };
  }
  if (args.has('tablespace-mapping'))
    throw new UsageError('--tablespace-mapping needs --backup', {
      hint: 'To write tablespaces elsewhere, use "bb-stream ... | bb-split -Fp -T OLDDIR=NEWDIR -D DIRECTORY".',
    });
  const directory = args.value('pgdata');
  if (directory === undefined) {
    if (args.has('offline')) throw new UsageError('--offline needs --pgdata');
    if (args.has('jobs'))
      throw new UsageError('--jobs needs --pgdata', {
        hint: 'A server sends a backup over one connection; to compress with several threads, use bb-compress -j NUM.',
      });
    return undefined;
  }
  const request = fileRequest(directory, readJobs(args), backup);
  if (!args.has('offline')) {
    insistOnNoOther(FOR_ONLINE, '--pgdata');
    return { kind: 'online', request };
  }
  insistOnNoOther(FOR_OFFLINE, '--offline');
  insistOnNoConnection('--offline');
  return { kind: 'offline', request };
}

function fileRequest(directory: string, jobs: number, backup: BaseBackupOptions): FileRequest {
  const name = backup.manifestChecksums ?? 'CRC32C';
  const algorithm = parseChecksumAlgorithm(name);
  if (algorithm === undefined) throw new UsageError(`unrecognized checksum algorithm: "${name}"`);
  return {
    directory,
    jobs,
    algorithm,
    manifest: backup.manifest,
    verifyChecksums: backup.verifyChecksums,
    estimate: backup.progress,
  };
}

function readJobs(args: Arguments): number {
  const text = args.value('jobs');
  return text === undefined ? 1 : parseInteger(text, '-j/--jobs', 1, MAX_JOBS);
}
