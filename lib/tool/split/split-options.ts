/** The options of bb-split. What they mean together is in split-task.ts. */

import { SPLIT_HABITS } from '../habits.ts';
import type { Option, OptionTable } from '../options.ts';
import { COMMON_OPTIONS, MAPPING_OPTION } from '../shared-options.ts';
import { RECOVERY_OPTIONS } from './recovery-options.ts';

/** Options that say what is to be done with the backup, of which there must be one. */
const OUTPUT_OPTIONS: readonly Option[] = [
  {
    name: 'pgdata',
    short: 'D',
    value: 'DIRECTORY',
    help: 'write the backup into this directory, or to an s3:// URL',
  },
  { name: 'format', short: 'F', value: 'p|t', help: 'output format (plain, tar (default))' },
  { name: 'filter', value: 'COMMAND', help: 'write each archive to a shell command; its name is $FILE' },
  { name: 'to-stdout', value: 'NAME', help: 'write one archive, or one file in it, to standard output' },
  { name: 'list', help: 'list the archives and their members, but write no files' },
  { name: 'json', help: 'list as JSON, one object per line' },
];

/** Options that make sense where archives are unpacked. */
export const PLAIN_OPTIONS: readonly Option[] = [
  MAPPING_OPTION,
  { name: 'waldir', value: 'WALDIR', help: 'location for the write-ahead log directory' },
  { name: 'only', value: 'PATTERN', help: 'extract only files that match this pattern' },
  { name: 'exclude', value: 'PATTERN', help: 'extract no files that match this pattern' },
  { name: 'database', value: 'NAME|OID', help: 'restore only this database, and leave others empty' },
  { name: 'owner', value: 'USER[:GROUP]', help: 'give the files to this user (root only)' },
  { name: 'sparse', help: 'write long runs of zeros as holes' },
];

/** The table of options, which --help prints. */
export const SPLIT_OPTIONS: OptionTable = {
  tool: 'bb-split',
  purpose: 'writes a PostgreSQL base backup, from standard input or BACKUP, to files.',
  usage: [
    '[OPTION]... -D DIRECTORY [BACKUP]',
    '[OPTION]... --filter=COMMAND [BACKUP]',
    '[OPTION]... --to-stdout=NAME [BACKUP]',
    '--list [--json] [BACKUP]',
  ],
  example: 'bb-split -Fp -D /srv/pg/db1 -T /ssd/ts1=/srv/pg/ts1 /backup/db1',
  maxOperands: 1,
  habits: SPLIT_HABITS,
  groups: [
    { title: 'Options controlling the output', options: OUTPUT_OPTIONS },
    { title: 'Options for plain format', options: PLAIN_OPTIONS },
    { title: 'Options controlling recovery (plain format)', options: RECOVERY_OPTIONS },
    {
      title: 'General options',
      options: [
        { name: 'no-clean', short: 'n', help: 'do not clean up after errors' },
        { name: 'no-sync', short: 'N', help: 'do not wait for changes to be written safely to disk' },
        { name: 'jobs', short: 'j', value: 'NUM', help: 'upload this many parts at a time (s3:// URL)' },
        ...COMMON_OPTIONS,
      ],
    },
  ],
};
