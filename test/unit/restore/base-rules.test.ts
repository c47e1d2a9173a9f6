import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { BaseRules } from '../../../lib/restore/base-rules.ts';
import type { Member, MemberKind } from '../../../lib/tar/member.ts';

const PLACE = { oid: 16384, location: '/ts', directory: '/ts', linked: true, inMap: true };
const rules = (linked = true) => new BaseRules([PLACE], { linked, suffix: '.new' });
const member = (path: string, kind: MemberKind, more: Partial<Member> = {}): Member => {
  return { path, kind, size: 0, mode: 0o700, mtime: 0, ...more };
};

describe('BaseRules', () => {
  it.each([
    { path: 'PG_VERSION', linked: true, name: 'PG_VERSION' },
    { path: 'global/pg_control', linked: true, name: 'global/pg_control.new' },
    { path: 'tablespace_map', linked: true, name: undefined },
    { path: 'tablespace_map', linked: false, name: 'tablespace_map' },
  ])('names $path $name (links: $linked)', ({ path, linked, name }) => {
    expect(rules(linked).fileName(path)).toBe(name);
  });

  it('count what has been seen, not what has been asked', () => {
    const base = rules();
    const files = ['backup_label', 'PG_VERSION', 'global/pg_control'];
    for (const path of files) base.fileName(path);
    base.makesDirectory();
    expect(() => base.insistOnComplete()).toThrow(BackupError);
    expect(base.groupAccess).toBe(false);
    for (const path of files) base.see(path, member(path, 'file'));
    base.see('global', member('global', 'directory', { mode: 0o750 }));
    expect(() => base.insistOnComplete()).not.toThrow();
    expect(base.groupAccess).toBe(true);
  });

  it('tell of the tablespace_map that was left out, when its contents are complete', () => {
    const base = rules();
    const contents = base.leftOut('tablespace_map');
    contents?.push([Buffer.from('16384 '), Buffer.from('/ts\n')]);
    expect(base.changes).toEqual([]);
    contents?.end();
    const before = Buffer.from('16384 /ts\n');
    expect(base.changes).toEqual([{ path: 'tablespace_map', before, after: undefined }]);
    expect(() => base.leftOut('tablespace_map')).toThrow('"tablespace_map" is in archive "base.tar" twice');
  });

  const link = (linkTarget: string) => member('pg_tblspc/16384/', 'symlink', { linkTarget });
  it.each([
    { name: 'a manifest', path: 'backup_manifest', kind: 'file' },
    { name: 'a directory in place of a file', path: 'global/pg_control', kind: 'directory' },
    { name: 'a file below one', path: 'tablespace_map/x', kind: 'file' },
    { name: 'a link out', path: 'base', kind: 'symlink' },
  ] as const)('refuse $name', ({ path, kind }) => {
    expect(() => rules().see(path, member(path, kind))).toThrow(BackupError);
  });

  it('let links pass that will be made', () => {
    expect(() => rules().see('pg_tblspc/16384', link('/ts'))).not.toThrow();
    expect(() => rules().see('pg_tblspc/16384', link('/etc'))).toThrow(BackupError);
  });
});
