/** The options of bb-stream that have it read the files of a stopped server in place of connecting to a running one. */

import { UsageError } from '../../errors/trouble.ts';
import type { BaseBackupOptions } from '../../libpq/replication/commands.ts';
import { parseChecksumAlgorithm } from '../../manifest/checksum.ts';
import type { OfflineRequest } from '../../source/pgdata/offline.ts';
import type { Arguments, Option } from '../options.ts';

export const PGDATA_OPTIONS: readonly Option[] = [
  { name: 'pgdata', value: 'DIRECTORY', help: 'read the data directory of a server on this host' },
  { name: 'offline', help: 'the server of --pgdata was stopped cleanly' },
];

/** What has a meaning without a server. */
const ALLOWED: ReadonlySet<string> = new Set([
  'pgdata',
  'offline',
  'manifest-checksums',
  'manifest-force-encode',
  'no-estimate-size',
  'no-manifest',
  'no-verify-checksums',
  'progress',
  'verbose',
]);

/**
 * What is to be read; undefined if a server is to be asked. `names` are those of all options. Throws UsageError for
 * options that do not go together.
 */
export function readOfflineRequest(
  args: Arguments,
  names: readonly string[],
  backup: BaseBackupOptions,
): OfflineRequest | undefined {
  const directory = args.value('pgdata');
  if (directory === undefined) {
    if (args.has('offline')) throw new UsageError('--offline needs --pgdata');
    return undefined;
  }
  if (!args.has('offline'))
    throw new UsageError('--pgdata needs --offline', {
      hint: 'Without --pgdata, a backup is taken of a running server. To write a data directory, use "bb-stream ... | bb-split -Fp -D DIRECTORY".',
    });
  const other = names.find((name) => args.has(name) && !ALLOWED.has(name));
  if (other !== undefined) throw new UsageError(`--${other} and --offline are incompatible options`);
  if (args.operands.length > 0) throw new UsageError('a connection string cannot be given with --offline');
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
