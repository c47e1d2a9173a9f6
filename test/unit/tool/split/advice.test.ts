import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adviseOnArchives, adviseOnCluster, type WrittenCluster } from '../../../../lib/tool/split/advice.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('PATH', folder);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  removeFolder(folder);
});

const asUser = (uid: number) => vi.spyOn(process, 'geteuid').mockReturnValue(uid);
const CLUSTER: WrittenCluster = {
  directory: '/srv/pg',
  manifest: true,
  incremental: false,
  startable: true,
  wal: true,
  user: undefined,
  major: undefined,
  emptied: [],
};

/** Programs that are on this machine. */
function install(...names: string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    writeFileSync(join(folder, name), '');
    chmodSync(join(folder, name), 0o755);
  }
}

const commandsFor = (change: Partial<WrittenCluster>) =>
  adviseOnCluster({ ...CLUSTER, ...change }).flatMap(({ commands }) => commands);

describe('adviseOnArchives', () => {
  const archives = { directory: '/backup/db1', manifest: true, incremental: false };

  it('tells how to verify and how to restore them', () => {
    expect(adviseOnArchives(archives)).toEqual([
      { text: 'You can now verify the backup', commands: ['bb-verify /backup/db1'] },
      { text: 'You can restore it', commands: ['bb-split -Fp -D NEWDIR /backup/db1'] },
    ]);
  });

  it('tells of those that others must be combined with', () => {
    const [, restore] = adviseOnArchives({ ...archives, incremental: true });
    expect(restore?.text).toContain('builds upon');
    expect(restore?.commands).toEqual(['bb-combine -D NEWDIR FULLBACKUP ... /backup/db1']);
  });

  it.each([
    { directory: '/a b', word: "'/a b'" },
    { directory: "/it's", word: "'/it'\\''s'" },
    { directory: 'größe', word: "'größe'" },
    { directory: '$(x)', word: "'$(x)'" },
    { directory: '/a-b_c.d/e=1', word: '/a-b_c.d/e=1' },
  ])('writes $directory for the shell', ({ directory, word }) => {
    expect(adviseOnArchives({ ...archives, directory })[0]?.commands).toEqual([`bb-verify ${word}`]);
  });

  it('does not speak of verification without a manifest', () => {
    expect(adviseOnArchives({ ...archives, manifest: false })).toHaveLength(1);
  });
});

describe('adviseOnCluster', () => {
  const start = 'pg_ctl -D /srv/pg -l /srv/pg/startup.log start';
  const rows = [
    { name: 'usually', uid: 1000, change: {}, commands: ['bb-verify /srv/pg', start] },
    { name: 'without a manifest', uid: 1000, change: { manifest: false }, commands: [start] },
    { name: "of root's own files", uid: 0, change: {}, commands: ['bb-verify /srv/pg'] },
    { name: 'of a part', uid: 1000, change: { startable: false, manifest: false }, commands: [] },
    { name: 'without WAL', uid: 1000, change: { wal: false }, commands: ['bb-verify -n /srv/pg'] },
    {
      name: 'without WAL, but with an archive',
      uid: 1000,
      change: { wal: false, recovery: { kind: 'archive', restoreCommand: 'cp' } as never },
      commands: ['bb-verify -n /srv/pg', start],
    },
    {
      name: 'of an incremental backup',
      uid: 1000,
      change: { incremental: true },
      commands: ['bb-verify /srv/pg', 'bb-combine -D NEWDIR FULLBACKUP ... /srv/pg'],
    },
    {
      name: 'with empty databases',
      uid: 1000,
      change: {
        manifest: false,
        emptied: [
          { oid: 16384, name: 'my app' },
          { oid: 16385, name: undefined },
        ],
      },
      commands: [start, 'pg_dump -Fc -f FILE DATABASE', "dropdb 'my app'"],
    },
  ];
  it.each(rows)('tells what to do $name', ({ uid, change, commands }) => {
    asUser(uid);
    expect(commandsFor(change)).toEqual(commands);
  });

  it.each([
    { there: ['sudo', 'runuser'], user: 'pg', prefix: 'sudo -u pg ' },
    { there: ['sudo'], user: '123', prefix: "sudo -u '#123' " },
    { there: ['runuser', 'su'], user: 'pg', prefix: 'runuser -u pg -- ' },
    { there: ['setpriv'], user: '123', prefix: 'setpriv --reuid=123 --regid=123 --clear-groups ' },
  ])('has root become $user with what is there: $there', ({ there, user, prefix }) => {
    asUser(0);
    install(...there);
    expect(commandsFor({ user })[1]).toBe(`${prefix}${start}`);
  });

  it('has root become another user with su', () => {
    asUser(0);
    install('su');
    expect(commandsFor({ user: 'pg' })[1]).toBe(`su pg -s /bin/sh -c '${start}'`);
  });

  it('says nothing of a start where root cannot become another user', () => {
    asUser(0);
    expect(commandsFor({ user: 'pg' })).toEqual(['bb-verify /srv/pg']);
  });

  it('names a program with its path if that is found', () => {
    asUser(1000);
    install('pg_ctl');
    expect(commandsFor({})[1]).toBe(`${folder}/${start}`);
  });

  it.each([
    { version: '97.1', path: true },
    { version: '97beta1', path: true },
    { version: '96.1', path: false },
  ])('names a program of version 97 with its path if that is one: $version', ({ version, path }) => {
    asUser(1000);
    install('pg_ctl');
    writeFileSync(join(folder, 'pg_ctl'), `#!/bin/sh\necho 'pg_ctl (PostgreSQL) ${version}'\n`);
    expect(commandsFor({ major: '97' })[1]).toBe(path ? `${folder}/${start}` : start);
  });

  it.each([
    { primaryConninfo: 'host=db1 user=rep', line: 'db1:*:*:rep:PASSWORD', place: '~/.pgpass' },
    { primaryConninfo: 'host=db1 passfile=/etc/pass', line: 'db1:*:*:*:PASSWORD', place: '/etc/pass' },
  ])('tells where the password of a primary goes: $primaryConninfo', ({ primaryConninfo, line, place }) => {
    asUser(1000);
    const recovery = {
      kind: 'standby',
      primaryConninfo,
      slot: undefined,
      restoreCommand: undefined,
    } as const;
    expect(commandsFor({ recovery }).at(-1)).toBe(`(umask 077; echo '${line}' >> ${place})`);
    const known = { ...recovery, primaryConninfo: 'host=db1 password=secret' };
    expect(commandsFor({ recovery: known })).toHaveLength(2);
  });
});
