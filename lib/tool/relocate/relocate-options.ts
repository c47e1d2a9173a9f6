/** The options of bb-relocate, and what they mean together. */

import { UsageError } from '../../errors/trouble.ts';
import {
  allIntoMapping,
  directoryMapping,
  type Mapping,
  oidMapping,
  prefixMapping,
} from '../../tablespaces/mapping.ts';
import { parseTablespaceMapping } from '../../tablespaces/old-new.ts';
import type { ProgressForm } from '../../terminal/progress-display.ts';
import { RELOCATE_HABITS } from '../habits.ts';
import type { Arguments, Option, OptionTable } from '../options.ts';
import { COMMON_OPTIONS, MAPPING_OPTION, progressForm } from '../shared-options.ts';

/** In the order in which they count. */
const MAPPING_OPTIONS: readonly Option[] = [
  { name: 'oid', value: 'OID=NEWDIR', help: 'relocate tablespace with this OID to NEWDIR' },
  MAPPING_OPTION,
  {
    name: 'prefix',
    value: 'OLDDIR=NEWDIR',
    help: 'relocate tablespaces in and below OLDDIR to NEWDIR\nand to the same path below it',
  },
  { name: 'all-into', value: 'DIRECTORY', help: 'relocate all other tablespaces to DIRECTORY/OID' },
];

/** The table behind --help. */
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

/** What bb-relocate is to do. */
export type RelocateTask =
  | { readonly kind: 'list'; readonly progress: ProgressForm }
  | {
      readonly kind: 'relocate';
      /** Of those that fit a tablespace, the first counts. */
      readonly mappings: readonly Mapping[];
      readonly progress: ProgressForm;
    };

/** Reads the task from the options. Throws UsageError for options that do not go together. */
export function readRelocateTask(args: Arguments): RelocateTask {
  const progress = progressForm(args);
  const given = MAPPING_OPTIONS.find(({ name }) => args.has(name));
  if (args.has('list')) {
    if (given === undefined) return { kind: 'list', progress };
    throw new UsageError(`--list relocates nothing and does not go with --${given.name}`);
  }
  if (given === undefined) throw new UsageError('no tablespace mapping specified');
  return { kind: 'relocate', mappings: readMappings(args), progress };
}

/** An OID names one tablespace, a directory one too; of prefixes, the longest says most. */
function readMappings(args: Arguments): Mapping[] {
  const prefixes = args.values('prefix').map(parseTablespaceMapping);
  prefixes.sort((one, other) => other.from.length - one.from.length);
  const allInto = args.value('all-into');
  return [
    ...args.values('oid').map(oidMapping),
    ...args.values('tablespace-mapping').map(parseTablespaceMapping).map(directoryMapping),
    ...prefixes.map(prefixMapping),
    ...(allInto === undefined ? [] : [allIntoMapping(allInto)]),
  ];
}
