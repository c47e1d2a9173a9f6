/**
 * Whether pages can be checked: the cluster must have checksums, and it must be known where the backup starts, since
 * pages that are newer may be torn.
 */

import { TroubleError } from '../../errors/trouble.ts';
import { isBlockSize } from '../../page/page-checker.ts';
import type { ControlFile } from '../../postgres/control-file.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import { PageScope } from '../records/page-scope.ts';
import type { Verification } from '../shared/verification.ts';

/** All pages have checksums, and have had them since the checkpoint before (PG_DATA_CHECKSUM_VERSION). */
const CHECKSUMS_ON = 1;

/** What the WAL of the backup says of data checksums: whether they were switched, if it could be checked. */
export type ChecksumSwitches = 'none' | 'some' | 'not known';

/**
 * The files whose pages are to be checked; undefined if none are, which is then stated. Throws TroubleError if the user
 * insists and it cannot be done.
 */
export function pageScope(
  control: ControlFile | undefined,
  startLsn: Lsn | undefined,
  switches: ChecksumSwitches,
  verification: Verification,
): PageScope | undefined {
  const obstacle = findObstacle(control, switches, verification);
  if (obstacle === undefined && control !== undefined && startLsn !== undefined)
    return new PageScope({ blockBytes: control.blockBytes, startLsn }, control.segmentBlocks);
  const why = obstacle ?? 'it is not known where the backup starts';
  if (verification.pages === 'insist') throw new TroubleError(`could not check page checksums: ${why}`);
  verification.statistics.skip('page checksums', why);
  return undefined;
}

function findObstacle(
  control: ControlFile | undefined,
  switches: ChecksumSwitches,
  { pages, skipChecksums }: Verification,
): string | undefined {
  if (pages === 'never') return 'not wanted';
  if (pages === 'auto' && skipChecksums) return 'no files are read';
  if (control === undefined) return 'the control file was not read';
  if (control.dataChecksumVersion === 0) return 'the cluster has none';
  if (!isBlockSize(control.blockBytes)) return 'the control file has no valid block size';
  if (control.dataChecksumVersion !== CHECKSUMS_ON || switches === 'some')
    return 'data checksums were being switched';
  if (control.switchesChecksums && switches === 'not known')
    return 'whether data checksums were being switched is said by WAL that was not checked';
  return undefined;
}
