/** A verification that keeps what it is told, for tests of its parts. */

import { Findings } from '../../../lib/verify/shared/findings.ts';
import { IgnoreList } from '../../../lib/verify/shared/ignore-list.ts';
import { Statistics } from '../../../lib/verify/shared/statistics.ts';
import type { Verification } from '../../../lib/verify/shared/verification.ts';

/** Everything is wanted but what `wishes` say. */
export function judgement(wishes: Partial<Verification> = {}): {
  readonly verification: Verification;
  /** Messages with their details. */
  readonly complaints: readonly string[];
  readonly statistics: Statistics;
} {
  const complaints: string[] = [];
  const tell = ({ message, detail }: { message: string; detail?: string | undefined }) => {
    complaints.push(detail === undefined ? message : `${message}: ${detail}`);
  };
  const statistics = new Statistics();
  const verification = {
    findings: new Findings(tell, false),
    statistics,
    ignore: new IgnoreList([]),
    skipChecksums: false,
    pages: 'auto',
    parseWal: true,
    signal: new AbortController().signal,
    ...wishes,
  } as const;
  return { verification, complaints, statistics };
}
