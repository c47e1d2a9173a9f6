/** The report in words and numbers. */

import { describe, expect, it } from 'vitest';
import { emptyReport } from '../../../../lib/page/page-report.ts';
import { formatReport } from '../../../../lib/verify/shared/report.ts';
import { Statistics } from '../../../../lib/verify/shared/statistics.ts';

/** The line that tells of pages. */
function pagesLine(good: number, empty: number): string | undefined {
  const statistics = new Statistics();
  statistics.addPages({ ...emptyReport(), good, empty });
  return /^checked: .*\bpages?\b.*$/m.exec(String(formatReport('text', statistics, [])))?.[0];
}

describe('formatReport', () => {
  it.each([
    { good: 3, empty: 0, line: 'checked: 3 pages, of which 0 are empty' },
    { good: 3, empty: 1, line: 'checked: 4 pages, of which 1 is empty' },
    { good: 1, empty: 2, line: 'checked: 3 pages, of which 2 are empty' },
    { good: 0, empty: 1, line: 'checked: 1 page, of which 1 is empty' },
    { good: 0, empty: 0, line: undefined },
  ])('counts pages: $good with contents, $empty without', ({ good, empty, line }) => {
    expect(pagesLine(good, empty)).toBe(line);
  });
});
