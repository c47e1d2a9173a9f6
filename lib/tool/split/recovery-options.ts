/**
 * The options of bb-split that say what a server is to do with the data directory when it is started. What they mean
 * together is in recovery-task.ts.
 */

import { ARCHIVE_MODES } from '../../restore/recovery/archive-mode.ts';
import { TARGET_ACTIONS } from '../../restore/recovery/recovery.ts';
import type { Option } from '../options.ts';

export const RECOVERY_OPTIONS: readonly Option[] = [
  { name: 'write-recovery-conf', short: 'R', help: 'write configuration for replication' },
  {
    name: 'primary-conninfo',
    value: 'CONNINFO',
    help: 'connection string for the primary\n(default: PG* variables)',
  },
  { name: 'slot', short: 'S', value: 'SLOTNAME', help: 'replication slot to use at the primary' },
  { name: 'recovery', help: 'write configuration for recovery from an archive' },
  { name: 'restore-command', value: 'COMMAND', help: 'how the server fetches a file from the archive' },
  { name: 'target-time', value: 'TIMESTAMP', help: 'recover up to this time' },
  { name: 'target-lsn', value: 'LSN', help: 'recover up to this WAL position' },
  { name: 'target-xid', value: 'XID', help: 'recover up to this transaction' },
  { name: 'target-name', value: 'NAME', help: 'recover up to this restore point' },
  { name: 'target-immediate', help: 'recover to the end of the backup only' },
  {
    name: 'target-action',
    value: TARGET_ACTIONS.join('|'),
    help: 'what to do at the target (default: pause)',
  },
  {
    name: 'target-timeline',
    value: 'latest|current|N',
    help: 'recover along this timeline (default: latest)',
  },
  {
    name: 'archive-mode',
    value: ARCHIVE_MODES.join('|'),
    help: 'turn off WAL archiving of the restored server,\nor preserve its settings',
  },
];
