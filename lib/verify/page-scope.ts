/**
 * Whether pages can be checked, and which files have them: the cluster must have checksums, and it must be known
 * where the backup starts, since pages that are newer may be torn.
 */

import { BackupError } from '../errors/backup-error.ts';
import { TroubleError } from '../errors/trouble.ts';
import { isBlockSize, type PageRules } from '../page/page-checker.ts';
import type { ControlFile } from '../postgres/control-file.ts';
import type { Lsn } from '../postgres/lsn.ts';
import { parseRelationFile } from '../postgres/relation-file.ts';
import type { Verification } from './verification.ts';

const WHAT = 'page checksums';
/** All pages have checksums, and have had them since the checkpoint before (PG_DATA_CHECKSUM_VERSION). */
const CHECKSUMS_ON = 1;
/** Why those of incremental files are not. */
export const INCREMENTAL = 'incremental, in a form of their own';

/** The files whose pages are to be checked. */
export class PageScope {
  readonly rules: PageRules;
  /** How many files were asked for that have pages in a form of their own (PostgreSQL 17 and later). */
  incremental = 0;
  readonly #segmentBlocks: number;

  constructor(rules: PageRules, segmentBlocks: number) {
    this.rules = rules;
    this.#segmentBlocks = segmentBlocks;
  }

  /** The number of the first block in the file of this path; undefined if the file has no pages in a row. */
  firstBlock(path: string): number | undefined {
    const relation = parseRelationFile(path);
    if (relation?.incremental === true) this.incremental++;
    if (relation === undefined || relation.incremental) return undefined;
    return relation.segment * this.#segmentBlocks;
  }
}

/**
 * The files whose pages are to be checked; undefined if none are, which the account then says. Throws TroubleError
 * if the user insists and it cannot be done.
 */
export function pageScope(
  control: ControlFile | undefined,
  startLsn: Lsn | undefined,
  wal: ChecksumSwitches,
  verification: Verification,
): PageScope | undefined {
  const obstacle = pageObstacle(control, wal, verification) ?? unknownStart(startLsn);
  if (obstacle !== undefined) {
    if (verification.pages === 'insist')
      throw new TroubleError(`could not check page checksums: ${obstacle}`);
    verification.account.skip(WHAT, obstacle);
    return undefined;
  }
  if (control === undefined || startLsn === undefined) return undefined;
  const { blockBytes, segmentBlocks } = control;
  if (!isBlockSize(blockBytes)) throw new BackupError(`invalid block size ${blockBytes} in control file`);
  return new PageScope({ blockBytes, startLsn }, segmentBlocks);
}

/** What the WAL of the backup says of data checksums: whether they were switched, if it could be checked. */
export type ChecksumSwitches = 'none' | 'some' | 'not known';

/** Why pages are not checked; undefined if they are, as far as that is known without where the backup starts. */
export function pageObstacle(
  control: ControlFile | undefined,
  switches: ChecksumSwitches,
  { pages, skipChecksums }: Verification,
): string | undefined {
  if (pages === 'never') return 'not wanted';
  if (pages === 'auto' && skipChecksums) return 'no files are read';
  if (control === undefined) return 'the control file was not read';
  if (control.dataChecksumVersion === 0) return 'the cluster has none';
  if (control.dataChecksumVersion !== CHECKSUMS_ON || switches === 'some')
    return 'data checksums were being switched';
  if (control.switchesChecksums && switches === 'not known')
    return 'whether data checksums were being switched is said by WAL that was not checked';
  return undefined;
}

function unknownStart(startLsn: Lsn | undefined): string | undefined {
  return startLsn === undefined ? 'it is not known where the backup starts' : undefined;
}
