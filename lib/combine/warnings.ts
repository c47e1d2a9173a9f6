/** What is told of backups that are combined all the same. */

import type { Extras } from '../terminal/messages.ts';
import type { ClusterCheck } from './cluster-check.ts';
import type { Segments } from './rebuilt-file.ts';

/** Those with the defect that PostgreSQL's commit ecd275718b mends. */
const DEFECTIVE_SERVERS = 'Servers 17.0 to 17.7 and 18.0 to 18.1';

/** Where warnings go. */
interface Warned {
  readonly warn: (message: string, extras?: Extras) => void;
}

/** Some backups lack the checksums of pages that the newest has. */
export function warnOfMixedChecksums({ mixedChecksums }: ClusterCheck, { warn }: Warned): void {
  if (mixedChecksums)
    warn('only some backups have checksums enabled', {
      hint: 'Disable, and optionally reenable, checksums on the output directory to avoid failures.',
    });
}

/** The truncation block lengths of files with these paths had to be bounded. */
export function warnOfBounds(paths: readonly string[], { segmentBlocks }: Segments, { warn }: Warned): void {
  const [first] = paths;
  if (first === undefined) return;
  const others = paths.length - 1;
  const also = others === 0 ? '' : ` and ${others} ${others === 1 ? 'other' : 'others'}`;
  warn(`truncation block length in excess of segment size ${segmentBlocks} for file "${first}"${also}`, {
    detail: `${DEFECTIVE_SERVERS} write this for relations of several segments; the files are limited to a segment.`,
  });
}
