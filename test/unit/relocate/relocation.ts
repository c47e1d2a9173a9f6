/** What the tests of the relocating filter share: tablespaces in awkward destinations, and the filter at work on a stream. */

import { relocate } from '../../../lib/relocate/relocate.ts';
import { decode } from '../../../lib/stream/decode.ts';
import { directoryMapping, type Mapping } from '../../../lib/tablespaces/mapping.ts';
import type { Tablespace } from '../../support/frames.ts';
import { type Gathered, gather } from '../../support/gather.ts';
import { type Cut, lend, whole } from '../../support/rechunk.ts';

/** Locations that need care in tablespace_map, in shells, and in mappings. */
export const OLD: readonly Tablespace[] = [
  { oid: 16384, location: '/srv/a b=c\\=d' },
  { oid: 16385, location: '/srv/first second\\third\\' },
  { oid: 16386, location: 'pg_tblspc/16386' },
  { oid: 4294967295, location: `/srv/größe ${'漢字'.repeat(20)}` },
];
export const NEW: readonly Tablespace[] = [
  { oid: 16384, location: '/mnt/"new" \\n\\$HOME `ls` *' },
  { oid: 16385, location: '/mnt/=' },
  { oid: 16386, location: 'pg_tblspc/16386' },
  { oid: 4294967295, location: `/mnt/${'long/'.repeat(60)}end` },
];

/** Mappings for the tablespaces that are elsewhere in the second list. */
export function moves(from: readonly Tablespace[], to: readonly Tablespace[]): Mapping[] {
  const pairs = from.map(({ location }, index) => ({ from: location, to: to[index]?.location ?? '' }));
  return pairs.filter((pair) => pair.from !== pair.to).map(directoryMapping);
}

/** Sends a stream through the filter; its chunks are lent. */
export function run(bytes: Buffer, mappings: readonly Mapping[], cut: Cut = whole): Promise<Gathered> {
  return gather(relocate(mappings)(decode(lend(bytes, cut))));
}
