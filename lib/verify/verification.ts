/** What all checks of one verification share. */

import type { Account } from './account.ts';
import type { Findings } from './findings.ts';
import type { IgnoreList } from './ignore-list.ts';

/** Whether pages are checked: as the cluster has checksums or not, in any case, or never. */
export type PageWish = 'auto' | 'insist' | 'never';

/** How thorough to be, and where results go. */
export interface Verification {
  readonly findings: Findings;
  readonly account: Account;
  readonly ignore: IgnoreList;
  readonly skipChecksums: boolean;
  readonly pages: PageWish;
  readonly parseWal: boolean;
  /** Fires when the user wants the tool to stop. */
  readonly signal: AbortSignal;
}

/** Is told how much of a stored backup has been read. */
export interface ReadListener {
  /** So many bytes are going to be read. */
  begin(total: number): void;
  add(bytes: number): void;
  /** No more will be read. */
  end(): Promise<void>;
}
