import { describe, expect, it } from 'vitest';
import { ChainCheck, type Link, newestFirst } from '../../../lib/combine/chain.ts';
import type { BackupLabel } from '../../../lib/postgres/backup-label.ts';

interface Labelled extends Link {
  readonly label: BackupLabel;
}

/** A backup that starts at an LSN and, unless it is a full one, builds upon the one that starts at another. */
function backup(start: bigint, from?: bigint, timeline = 1, fromTimeline = 1): Labelled {
  const previous = from === undefined ? undefined : { start: from, timeline: fromTimeline };
  return { place: `b${start}`, start, timeline, label: { start, timeline, previous } };
}

const [full, first, second] = [backup(100n), backup(200n, 100n), backup(300n, 200n)];

function check(backups: readonly Labelled[]): void {
  const chain = new ChainCheck(backups.length);
  for (const { place, label } of newestFirst(backups)) chain.add(place, label);
}

/** Backups that make no chain. */
const REFUSED: readonly { name: string; backups: readonly Labelled[]; complaint: string }[] = [
  {
    name: 'without the full one',
    backups: [first, second],
    complaint: 'backup at "b200" is an incremental backup, but the first backup should be a full backup',
  },
  {
    name: 'with two full ones',
    backups: [backup(50n), full, first],
    complaint: 'backup at "b100" is a full backup, but only the first backup should be a full backup',
  },
  {
    name: 'with a gap',
    backups: [full, second],
    complaint: 'backup at "b100" starts at LSN 0/64, but expected 0/C8',
  },
  {
    name: 'with one twice',
    backups: [full, first, first],
    complaint: 'backup at "b200" starts at LSN 0/C8, but expected 0/64',
  },
  {
    name: 'of two branches',
    backups: [full, first, backup(300n, 200n, 3, 2)],
    complaint: 'backup at "b200" starts on timeline 1, but expected 2',
  },
];

describe('newestFirst', () => {
  it('orders backups, in whatever order they are named', () => {
    for (const named of [
      [full, first, second],
      [second, first, full],
      [first, second, full],
    ])
      expect(newestFirst(named)).toEqual([second, first, full]);
  });
});

describe('ChainCheck', () => {
  it.each([[[full]], [[full, first]], [[full, first, second]], [[full, first, backup(300n, 200n, 2)]]])(
    'takes a chain',
    (backups) => {
      expect(() => check(backups)).not.toThrow();
    },
  );

  it.each(REFUSED)('refuses backups $name', ({ backups, complaint }) => {
    expect(() => check(backups)).toThrow(
      expect.objectContaining({ name: 'BackupError', message: complaint }),
    );
  });
});
