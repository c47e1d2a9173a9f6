/** The options of bb-relocate. What they mean together is in relocate-task.ts. */

import { RELOCATE_HABITS } from '../habits.ts';
import type { Option, OptionTable } from '../options.ts';
import { COMMON_OPTIONS, MAPPING_OPTION } from '../shared-options.ts';

/** In the order in which they count. */
export const MAPPING_OPTIONS: readonly Option[] = [
  { name: 'oid', value: 'OID=NEWDIR', help: 'relocate tablespace with this OID to NEWDIR' },
  MAPPING_OPTION,
  {
    name: 'prefix',
    value: 'OLDDIR=NEWDIR',
    help: 'relocate tablespaces in and below OLDDIR to NEWDIR\nor to the same path below it',
  },
  { name: 'all-into', value: 'DIRECTORY', help: 'relocate all other tablespaces to DIRECTORY/OID' },
];

/** The table of options, which --help prints. */
export const RELOCATE_OPTIONS: OptionTable = {
  tool: 'bb-relocate',
  purpose: 'moves tablespaces in a PostgreSQL base backup on its way through a pipe.',
  usage: ['[OPTION]... [BACKUP]', '--list [BACKUP]'],
  example: 'bb-relocate --all-into=/srv/pg/tablespaces < db1.backup | bb-split -D /backup/db1',
  maxOperands: 1,
  habits: RELOCATE_HABITS,
  groups: [
    {
      title: 'Options controlling the output',
      options: [...MAPPING_OPTIONS, { name: 'list', help: 'list the tablespaces, then exit' }],
    },
    { title: 'General options', options: COMMON_OPTIONS },
  ],
};
