import { describe, expect, it } from 'vitest';
import { Patterns } from '../../../../lib/restore/selection/patterns.ts';

const PATHS = [
  'PG_VERSION',
  '.hidden',
  'base/1/1259',
  'base/1/1259_fsm',
  'base/16384/1259',
  'log/postgresql.log',
  'pg_tblspc/16400/PG_18_202506291/5/16401',
  'pg_wal/000000010000000000000001',
];

const rows: readonly { pattern: string; covers: readonly string[] }[] = [
  { pattern: 'PG_VERSION', covers: ['PG_VERSION'] },
  { pattern: './PG_VERSION', covers: ['PG_VERSION'] },
  { pattern: 'PG', covers: [] },
  { pattern: '*', covers: PATHS },
  { pattern: '**', covers: PATHS },
  { pattern: '?hidden', covers: ['.hidden'] },
  { pattern: 'base', covers: ['base/1/1259', 'base/1/1259_fsm', 'base/16384/1259'] },
  { pattern: 'base/', covers: ['base/1/1259', 'base/1/1259_fsm', 'base/16384/1259'] },
  { pattern: 'base/1', covers: ['base/1/1259', 'base/1/1259_fsm'] },
  { pattern: 'base/*', covers: ['base/1/1259', 'base/1/1259_fsm', 'base/16384/1259'] },
  { pattern: 'base/?', covers: ['base/1/1259', 'base/1/1259_fsm'] },
  { pattern: 'base/*/1259', covers: ['base/1/1259', 'base/16384/1259'] },
  { pattern: 'base/1259', covers: [] },
  { pattern: '1259', covers: [] },
  { pattern: '**/1259', covers: ['base/1/1259', 'base/16384/1259'] },
  { pattern: '**/*_fsm', covers: ['base/1/1259_fsm'] },
  { pattern: 'base/[0-9]/*', covers: ['base/1/1259', 'base/1/1259_fsm'] },
  { pattern: '{log,pg_wal}', covers: ['log/postgresql.log', 'pg_wal/000000010000000000000001'] },
  { pattern: 'pg_tblspc/16400/**/5', covers: ['pg_tblspc/16400/PG_18_202506291/5/16401'] },
  { pattern: '!base', covers: [] },
  { pattern: '+(base)', covers: [] },
  { pattern: '[', covers: [] },
];

describe('Patterns', () => {
  it.each(rows)('cover by $pattern: $covers', ({ pattern, covers }) => {
    const patterns = new Patterns([pattern]);
    expect(PATHS.filter((path) => patterns.cover(path))).toEqual(covers);
    expect(patterns.unused).toBe(pattern);
    for (const path of PATHS) patterns.see(path);
    expect(patterns.unused).toBe(covers.length > 0 ? undefined : pattern);
  });

  it('cover by any of several, and tell which was of no use, also of those that match the same', () => {
    const patterns = new Patterns(['base', 'base/1', 'nosuch', '**/1259']);
    expect(PATHS.filter((path) => patterns.cover(path))).toHaveLength(3);
    for (const path of PATHS) patterns.see(path);
    expect(patterns.unused).toBe('nosuch');
  });

  it('cover nothing if there are none', () => {
    const patterns = new Patterns([]);
    expect(patterns.cover('base/1/1259')).toBe(false);
    expect(patterns.unused).toBeUndefined();
  });
});
