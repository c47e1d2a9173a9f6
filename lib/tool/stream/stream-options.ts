/** The options of bb-stream, and what they mean together. Names and checks are pg_basebackup's. */

import { UsageError } from '../../errors/trouble.ts';
import type { BaseBackupOptions } from '../../libpq/replication/commands.ts';
import type { ConnectionChoice } from '../../source/server/sessions.ts';
import { STREAM_HABITS } from '../habits.ts';
import type { Arguments, OptionTable } from '../options.ts';
import { COMMON_OPTIONS } from '../shared-options.ts';
import { QUESTION_OPTIONS } from './question-options.ts';
import { type FileSource, readFileSource, SOURCE_OPTIONS } from './source-options.ts';
import { parseTransferRate } from './transfer-rate.ts';
import { readWalMethod, WAL_OPTIONS } from './wal-options.ts';

/** The table behind --help. */
export const STREAM_OPTIONS: OptionTable = {
  tool: 'bb-stream',
  purpose: 'takes a base backup of a PostgreSQL server and writes it to standard output.',
  usage: [
    '[OPTION]... [CONNINFO]',
    '--pgdata=DIRECTORY [OPTION]... [CONNINFO]',
    '--pgdata=DIRECTORY --offline [OPTION]...',
    '--backup=PLACE [OPTION]...',
  ],
  example: 'ssh db1 bb-stream -c fast | bb-split -D /backup/db1',
  maxOperands: 1,
  habits: STREAM_HABITS,
  groups: [
    {
      title: 'Options controlling the backup',
      options: [
        {
          name: 'checkpoint',
          short: 'c',
          value: 'fast|spread',
          help: 'set fast or spread (default) checkpointing',
        },
        {
          name: 'incremental',
          short: 'i',
          value: 'OLDMANIFEST',
          help: 'take incremental backup of what has changed since\nthe backup with this manifest',
        },
        { name: 'label', short: 'l', value: 'LABEL', help: 'set backup label' },
        {
          name: 'max-rate',
          short: 'r',
          value: 'RATE',
          help: 'maximum transfer rate\n(in kB/s, or use suffix "k" or "M")',
        },
        {
          name: 'compress',
          short: 'Z',
          value: 'server-METHOD[:DETAIL]',
          help: 'compress at the server with gzip, lz4 or zstd',
        },
        {
          name: 'manifest-checksums',
          value: 'SHA{224,256,384,512}|CRC32C|NONE',
          help: 'use algorithm for manifest checksums',
        },
        { name: 'manifest-force-encode', help: 'hex encode all file names in manifest' },
        { name: 'no-estimate-size', help: 'do not estimate backup size at the server' },
        { name: 'no-manifest', help: 'suppress generation of backup manifest' },
        { name: 'no-verify-checksums', help: 'do not verify page checksums at the server' },
      ],
    },
    { title: 'Options controlling write-ahead log', options: WAL_OPTIONS },
    { title: 'Options controlling the source', options: SOURCE_OPTIONS },
    { title: 'Options that take no backup', options: QUESTION_OPTIONS },
    {
      title: 'Connection options',
      options: [
        { name: 'dbname', short: 'd', value: 'CONNINFO', help: 'connection string or URI' },
        { name: 'host', short: 'h', value: 'HOSTNAME', help: 'database server host or socket directory' },
        { name: 'port', short: 'p', value: 'PORT', help: 'database server port number' },
        { name: 'username', short: 'U', value: 'NAME', help: 'connect as specified database user' },
        { name: 'no-password', short: 'w', help: 'never prompt for password' },
        { name: 'password', short: 'W', help: 'force password prompt (should happen automatically)' },
      ],
    },
    { title: 'General options', options: COMMON_OPTIONS },
  ],
};

const DEFAULT_LABEL = 'bb-stream base backup';
const SERVER_COMPRESSION = /^server-(gzip|lz4|zstd)(?::(.+))?$/s;

/** The files that are to be read; undefined if a server is to be asked. */
export function readSource(args: Arguments, backup: BaseBackupOptions): FileSource | undefined {
  const names = STREAM_OPTIONS.groups.flatMap(({ options }) => options.map(({ name }) => name));
  return readFileSource(args, names, backup);
}

/** Reads the connection options; the connection string may be given with -d or as the argument. */
export function readConnectionChoice(args: Arguments): ConnectionChoice {
  const [operand] = args.operands;
  const dbname = args.value('dbname');
  if (operand !== undefined && dbname !== undefined) {
    throw new UsageError('connection string was given twice, with -d and as an argument');
  }
  const [never, always] = [args.has('no-password'), args.has('password')];
  if (never && always) throw new UsageError('--no-password and --password are incompatible options');
  return {
    request: {
      conninfo: operand ?? dbname,
      host: args.value('host'),
      port: args.value('port'),
      username: args.value('username'),
      programName: STREAM_OPTIONS.tool,
    },
    prompt: never ? 'never' : always ? 'always' : 'if-needed',
  };
}

/** What kind of backup is asked for. Throws UsageError for values that make no sense. */
export function readBackupOptions(args: Arguments): BaseBackupOptions {
  const method = readWalMethod(args);
  const rate = args.value('max-rate');
  const incremental = args.value('incremental');
  return {
    label: readLabel(args.value('label') ?? DEFAULT_LABEL),
    progress: !args.has('no-estimate-size'),
    checkpoint: readCheckpoint(args.value('checkpoint') ?? 'spread'),
    wal: method === 'fetch',
    // Without WAL in the backup, the server waits until it is archived.
    wait: method === 'none',
    tablespaceMap: true,
    verifyChecksums: !args.has('no-verify-checksums'),
    ...manifestOptions(args),
    ...(rate === undefined ? {} : { maxRate: parseTransferRate(rate) }),
    ...compression(args.value('compress')),
    ...(incremental === undefined ? {} : { incremental }),
  };
}

/** The label is a line of backup_label, which the server does not see to; its length it does. */
function readLabel(label: string): string {
  if (!/\p{Cc}/u.test(label)) return label;
  throw new UsageError('backup label must not contain a newline or another control character');
}

function readCheckpoint(value: string): 'fast' | 'spread' {
  if (value === 'fast' || value === 'spread') return value;
  throw new UsageError(`invalid checkpoint argument "${value}", must be "fast" or "spread"`);
}

function manifestOptions(args: Arguments): Pick<BaseBackupOptions, 'manifest' | 'manifestChecksums'> {
  const encode = args.has('manifest-force-encode');
  const checksums = args.value('manifest-checksums');
  if (!args.has('no-manifest')) {
    return {
      manifest: encode ? 'force-encode' : 'yes',
      ...(checksums === undefined ? {} : { manifestChecksums: checksums }),
    };
  }
  if (encode) throw new UsageError('--no-manifest and --manifest-force-encode are incompatible options');
  if (checksums !== undefined)
    throw new UsageError('--no-manifest and --manifest-checksums are incompatible options');
  return { manifest: 'no' };
}

function compression(value: string | undefined): Pick<BaseBackupOptions, 'compression'> {
  if (value === undefined) return {};
  const [, method, detail] = SERVER_COMPRESSION.exec(value) ?? [];
  if (method === undefined) {
    throw new UsageError(`invalid compression "${value}", must be server-gzip, server-lz4 or server-zstd`, {
      hint: 'To compress at this end, pipe the output into bb-compress.',
    });
  }
  return { compression: { method, ...(detail === undefined ? {} : { detail }) } };
}
