/** The options of bb-stream that say how WAL gets into the backup. Names, rules and complaints are pg_basebackup's. */

import { UsageError } from '../../errors/trouble.ts';
import { parseSize } from '../../terminal/units.ts';
import type { StreamingOptions } from '../../wal/receive/feed.ts';
import type { SlotChoice } from '../../wal/receive/slot.ts';
import { parseInteger } from '../integer.ts';
import type { Arguments, Option } from '../options.ts';

/** WAL is left out, put into base.tar by the server at the end, or streamed while the backup runs. */
export type WalMethod = 'none' | 'fetch' | 'stream';

const METHODS: readonly WalMethod[] = ['none', 'fetch', 'stream'];
const DEFAULT_STATUS_INTERVAL_S = 10;
/** INT_MAX milliseconds. */
const MAX_STATUS_INTERVAL_S = 2_147_483;
const DEFAULT_SPOOL_BYTES = 1024 ** 3;
const MIN_SPOOL_BYTES = 64 * 1024;

export const WAL_OPTIONS: readonly Option[] = [
  {
    name: 'wal-method',
    short: 'X',
    value: 'none|fetch|stream',
    help: 'include required WAL files with specified method\n(default: stream)',
  },
  { name: 'slot', short: 'S', value: 'SLOTNAME', help: 'replication slot to use' },
  { name: 'create-slot', short: 'C', help: 'create replication slot' },
  { name: 'no-slot', help: 'prevent creation of temporary replication slot' },
  {
    name: 'status-interval',
    short: 's',
    value: 'SECS',
    help: 'time between status packets sent to server\n(default: 10 seconds)',
  },
  {
    name: 'wal-spool',
    value: 'SIZE',
    help: 'limit of disk space in $TMPDIR for WAL that must wait\n(default: 1GB)',
  },
];

/** How WAL is to be included. */
export function readWalMethod(args: Arguments): WalMethod {
  const value = args.value('wal-method') ?? 'stream';
  const method = METHODS.find((name) => value === name || value === name[0]);
  if (method !== undefined) return method;
  throw new UsageError(`invalid wal-method option "${value}", must be "fetch", "stream", or "none"`);
}

/** How WAL is to be streamed; undefined if it is not to be. Throws UsageError for what makes no sense together. */
export function readStreamingOptions(args: Arguments): StreamingOptions | undefined {
  const slot = readSlotChoice(args);
  const statusIntervalS = readStatusInterval(args.value('status-interval'));
  const spoolBytes = readSpoolSize(args.value('wal-spool'));
  if (readWalMethod(args) === 'stream') return { slot, statusIntervalS, spoolBytes };
  if (args.has('slot')) throw new UsageError('replication slots can only be used with WAL streaming');
  return undefined;
}

function readSlotChoice(args: Arguments): SlotChoice {
  const name = args.value('slot');
  const [none, create] = [args.has('no-slot'), args.has('create-slot')];
  if (none && name !== undefined) throw new UsageError('--no-slot cannot be used with slot name');
  if (create && name === undefined)
    throw new UsageError('--create-slot needs a slot to be specified using --slot');
  if (name !== undefined) return { kind: create ? 'create' : 'existing', name };
  return { kind: none ? 'none' : 'temporary' };
}

function readStatusInterval(text: string | undefined): number {
  if (text === undefined) return DEFAULT_STATUS_INTERVAL_S;
  return parseInteger(text, '-s/--status-interval', 0, MAX_STATUS_INTERVAL_S);
}

function readSpoolSize(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SPOOL_BYTES;
  const bytes = parseSize(text);
  if (bytes === undefined) {
    throw new UsageError(`invalid value "${text}" for option --wal-spool`, {
      hint: 'Valid units are "B", "kB", "MB", "GB", and "TB".',
    });
  }
  if (bytes >= MIN_SPOOL_BYTES) return bytes;
  throw new UsageError(`--wal-spool must be at least ${MIN_SPOOL_BYTES / 1024}kB`);
}
