/** The options of bb-stream that have it read files in place of connecting to a running server. */

import { UsageError } from '../../errors/trouble.ts';
import type { BaseBackupOptions } from '../../libpq/replication/commands.ts';
import { parseChecksumAlgorithm } from '../../manifest/checksum.ts';
import type { OfflineRequest } from '../../source/pgdata/offline.ts';
import type { Arguments, Option } from '../options.ts';

/** The files of a stopped server, or a backup that was stored. */
export type FileSource =
  | { readonly kind: 'offline'; readonly request: OfflineRequest }
  | { readonly kind: 'stored'; readonly place: string };

export const SOURCE_OPTIONS: readonly Option[] = [
  { name: 'backup', value: 'PLACE', help: 'read a backup that was stored, a directory or a file' },
  { name: 'pgdata', value: 'DIRECTORY', help: 'read the data directory of a server on this host' },
  { name: 'offline', help: 'the server of --pgdata was stopped cleanly' },
];

/** What has a meaning without a server, and for a backup that is as it is. */
const FOR_OFFLINE = [
  'pgdata',
  'offline',
  'manifest-checksums',
  'manifest-force-encode',
  'no-estimate-size',
  'no-manifest',
  'no-verify-checksums',
  'progress',
  'verbose',
];
const FOR_STORED = ['backup', 'progress', 'verbose'];

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
    if (args.operands.length > 0) throw new UsageError(`a connection string cannot be given with ${option}`);
  };
  const place = args.value('backup');
  if (place !== undefined) {
    insistOnNoOther(FOR_STORED, '--backup');
    return { kind: 'stored', place };
  }
  const directory = args.value('pgdata');
  if (directory === undefined) {
    if (args.has('offline')) throw new UsageError('--offline needs --pgdata');
    return undefined;
  }
  if (!args.has('offline'))
    throw new UsageError('--pgdata needs --offline', {
      hint: 'To write a data directory, use "bb-stream ... | bb-split -Fp -D DIRECTORY".',
    });
  insistOnNoOther(FOR_OFFLINE, '--offline');
  return { kind: 'offline', request: offlineRequest(directory, backup) };
}

function offlineRequest(directory: string, backup: BaseBackupOptions): OfflineRequest {
  const name = backup.manifestChecksums ?? 'CRC32C';
  const algorithm = parseChecksumAlgorithm(name);
  if (algorithm === undefined) throw new UsageError(`unrecognized checksum algorithm: "${name}"`);
  return {
    directory,
    algorithm,
    manifest: backup.manifest,
    verifyChecksums: backup.verifyChecksums,
    estimate: backup.progress,
  };
}
