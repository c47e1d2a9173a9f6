/** What bb-relocate is told to do: options in, one task out, whose mappings have been read. */

import { UsageError } from '../../errors/trouble.ts';
import { MAX_OID } from '../../postgres/limits.ts';
import {
  allIntoMapping,
  directoryMapping,
  type Mapping,
  oidMapping,
  prefixMapping,
} from '../../tablespaces/mapping.ts';
import type { ProgressForm } from '../../terminal/progress-display.ts';
import type { Arguments } from '../options.ts';
import { progressForm } from '../shared-options.ts';
import { mappedDirectory, parseTablespaceMapping, splitMapping } from '../tablespace-mapping.ts';
import { MAPPING_OPTIONS } from './relocate-options.ts';

/** What bb-relocate is to do. */
export type RelocateTask =
  | { readonly kind: 'list'; readonly progress: ProgressForm }
  | {
      readonly kind: 'relocate';
      /** Of those that fit a tablespace, the first counts. */
      readonly mappings: readonly Mapping[];
      readonly progress: ProgressForm;
    };

const OID = /^[1-9][0-9]{0,9}$/;

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
    ...args.values('oid').map(parseOidMapping),
    ...args.values('tablespace-mapping').map(parseTablespaceMapping).map(directoryMapping),
    ...prefixes.map(prefixMapping),
    ...(allInto === undefined ? [] : [allIntoMapping(mappedDirectory('new', allInto))]),
  ];
}

function parseOidMapping(text: string): Mapping {
  const [left, right] = splitMapping(text, 'OID=NEWDIR');
  const oid = Number(left);
  if (!OID.test(left) || oid > MAX_OID) throw new UsageError(`invalid OID "${left}" in tablespace mapping`);
  return oidMapping(oid, mappedDirectory('new', right));
}
