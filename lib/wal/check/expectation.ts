/** What a check of WAL is told beforehand. */

import type { Lsn } from '../../postgres/lsn.ts';

/** What WAL is expected. */
export interface WalExpectation {
  readonly timeline: number;
  /** Where the first record begins that is wanted. */
  readonly start: Lsn;
  /**
   * The timeline branched off in the segment that begins at `start`, it is not known where: the segment begins with the
   * older timeline's WAL, and what is wanted begins with the first record that is whole.
   */
  readonly isBranch?: boolean;
  readonly segmentBytes: number;
  /** Of the cluster; not checked if not known. */
  readonly systemIdentifier?: bigint | undefined;
  /** The major version of the server; not checked if not known. */
  readonly version?: number | undefined;
}
