/** The options of bb-combine. What they mean together is in combine-task.ts. */

import { CHECKSUM_ALGORITHMS } from '../../manifest/checksum.ts';
import { COMBINE_HABITS } from '../habits.ts';
import type { Option, OptionTable } from '../options.ts';
import { COMMON_OPTIONS, MAPPING_OPTION } from '../shared-options.ts';
import { RECOVERY_OPTIONS } from '../split/recovery-options.ts';

const APPLY_OPTIONS: readonly Option[] = [
  {
    name: 'apply',
    help: 'apply one incremental backup to DIRECTORY, which\nholds the backup before it as it was restored',
  },
  { name: 'verify', help: 'with --apply, verify all files of DIRECTORY first' },
];

const CHECKSUMS_OPTION: Option = {
  name: 'manifest-checksums',
  value: CHECKSUM_ALGORITHMS.join('|'),
  help: 'use algorithm for checksums of the new manifest\n(default: that of the newest backup)',
};

/** Those that go with -D. */
const DIRECTORY_OPTIONS: readonly Option[] = [
  MAPPING_OPTION,
  { name: 'waldir', value: 'WALDIR', help: 'location for the write-ahead log directory' },
  { name: 'owner', value: 'USER[:GROUP]', help: 'give the files to this user (root only)' },
  { name: 'sparse', help: 'make holes of long runs of zeros' },
];

/** Of the files that are written. */
const CLEAN_OPTIONS: readonly Option[] = [
  { name: 'no-clean', short: 'n', help: 'do not clean up after errors' },
  { name: 'no-sync', short: 'N', help: 'do not wait for changes to be written safely to disk' },
];

/** All that make no sense without a directory. */
export const NEED_DIRECTORY = [...DIRECTORY_OPTIONS, ...RECOVERY_OPTIONS, ...CLEAN_OPTIONS].map(
  ({ name }) => name,
);

/** The table behind --help. */
export const COMBINE_OPTIONS: OptionTable = {
  tool: 'bb-combine',
  purpose: 'restores incremental backups of PostgreSQL, with the full backup that they build upon.',
  usage: [
    '[OPTION]... -D DIRECTORY BACKUP...',
    '--apply [OPTION]... -D DIRECTORY BACKUP',
    '[OPTION]... BACKUP...',
  ],
  example: 'bb-combine -D /srv/pg/db1 -T /ssd/ts1=/srv/pg/ts1 /backup/sunday /backup/monday',
  maxOperands: Number.POSITIVE_INFINITY,
  habits: COMBINE_HABITS,
  groups: [
    {
      title: 'Options controlling the output',
      options: [
        {
          name: 'pgdata',
          short: 'D',
          value: 'DIRECTORY',
          help: 'write a data directory here\n(default: a backup stream to standard output)',
        },
        ...APPLY_OPTIONS,
        ...DIRECTORY_OPTIONS,
        CHECKSUMS_OPTION,
        {
          name: 'spool',
          value: 'SIZE',
          help: 'limit of disk space in $TMPDIR for incremental backups,\nwhen a stream is written (default: none)',
        },
      ],
    },
    { title: 'Options controlling recovery', options: RECOVERY_OPTIONS },
    {
      title: 'General options',
      options: [...CLEAN_OPTIONS, ...COMMON_OPTIONS],
    },
  ],
};
