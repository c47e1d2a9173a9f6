import { describe, expect, it } from 'vitest';
import { IgnoreList } from '../../../../lib/verify/shared/ignore-list.ts';

describe('IgnoreList', () => {
  const list = new IgnoreList(['pg_xact/', './base//5', 'a']);

  it.each(['pg_wal', 'pg_wal/x', 'backup_manifest', 'pg_xact', 'pg_xact/0000', 'base/5/1', 'a/b/c'])(
    'covers %s',
    (path) => {
      expect(list.covers(path)).toBe(true);
    },
  );

  it.each(['pg_xactx', 'base', 'base/55', 'b/a', 'x/backup_manifest'])('does not cover %s', (path) => {
    expect(list.covers(path)).toBe(false);
  });

  it('takes paths later, too', () => {
    list.add('later');
    expect(list.covers('later/file')).toBe(true);
  });
});
