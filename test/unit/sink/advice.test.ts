import { afterEach, describe, expect, it, vi } from 'vitest';
import { adviseOnArchives, adviseOnCluster } from '../../../lib/sink/advice.ts';

afterEach(() => vi.restoreAllMocks());

const asUser = (uid: number) => vi.spyOn(process, 'geteuid').mockReturnValue(uid);
const CLUSTER = { directory: '/srv/pg', manifest: true, startable: true, user: undefined };

describe('adviseOnArchives', () => {
  it('tells how to verify them', () => {
    expect(adviseOnArchives({ directory: '/backup/db1', manifest: true })).toEqual({
      text: 'You can now verify the backup',
      commands: ['bb-verify /backup/db1'],
    });
  });

  it.each([
    { directory: '/a b', word: "'/a b'" },
    { directory: "/it's", word: "'/it'\\''s'" },
    { directory: 'größe', word: "'größe'" },
    { directory: '$(x)', word: "'$(x)'" },
    { directory: '/a-b_c.d/e=1', word: '/a-b_c.d/e=1' },
  ])('writes $directory for the shell', ({ directory, word }) => {
    expect(adviseOnArchives({ directory, manifest: true })?.commands).toEqual([`bb-verify ${word}`]);
  });

  it('has nothing to say about those without a manifest', () => {
    expect(adviseOnArchives({ directory: '/backup', manifest: false })).toBeUndefined();
  });
});

describe('adviseOnCluster', () => {
  const start = 'pg_ctl -D /srv/pg start';
  const rows = [
    { name: 'usually', uid: 1000, change: {}, commands: ['bb-verify /srv/pg', start] },
    { name: 'without a manifest', uid: 1000, change: { manifest: false }, commands: [start] },
    {
      name: 'for another user',
      uid: 0,
      change: { user: 'pg' },
      commands: ['bb-verify /srv/pg', `sudo -u pg ${start}`],
    },
    {
      name: 'for another user without a name',
      uid: 0,
      change: { user: '123' },
      commands: ['bb-verify /srv/pg', `sudo -u '#123' ${start}`],
    },
    { name: "of root's own files", uid: 0, change: {}, commands: ['bb-verify /srv/pg'] },
    { name: 'of a part', uid: 1000, change: { startable: false, manifest: false }, commands: undefined },
  ];
  it.each(rows)('tells what to do $name', ({ uid, change, commands }) => {
    asUser(uid);
    expect(adviseOnCluster({ ...CLUSTER, ...change })?.commands).toEqual(commands);
  });
});
