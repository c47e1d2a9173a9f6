import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { primaryConninfo } from '../../../../lib/tool/split/primary-conninfo.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

describe('primaryConninfo', () => {
  it.each([
    { given: 'host=db1', written: 'host=db1' },
    { given: 'host=db1 port=5433 user=standby', written: 'host=db1 port=5433 user=standby' },
    { given: "host='/var/run/my sockets'", written: "host='/var/run/my sockets'" },
    { given: 'host=db-1', written: "host='db-1'" },
    { given: "host=db1 password='a\\'b\\\\c'", written: "host=db1 password='a\\'b\\\\c'" },
    { given: 'host=größe', written: "host='größe'" },
    {
      given: 'postgresql://standby:p%20w@db1:5433,db2/app?sslmode=verify-full',
      written: "user=standby password='p w' host='db1,db2' port='5433,' dbname=app sslmode='verify-full'",
    },
    { given: 'service=primary', written: 'service=primary' },
    { given: 'host=db1 replication=true fallback_application_name=x user=', written: 'host=db1' },
    {
      given: 'host=db1 requirepeer=postgres gssencmode=require',
      written: 'host=db1 requirepeer=postgres gssencmode=require',
    },
  ])('makes "$written" of "$given"', ({ given, written }) => {
    expect(primaryConninfo(given, { PGHOST: 'other', PGPASSWORD: 'secret' })).toBe(written);
  });

  it.each([
    { env: { PGHOST: 'db1' }, written: 'host=db1' },
    { env: { PGPORT: '5433', PGUSER: 'standby' }, written: 'user=standby port=5433' },
    {
      env: { PGHOST: 'db1', PGPASSWORD: "it's", PGSSLMODE: 'require' },
      written: "password='it\\'s' host=db1 sslmode=require",
    },
    { env: { PGHOST: 'db1', PGUSER: '', PGDATABASE: 'app', PATH: '/bin' }, written: 'host=db1' },
  ])('takes $env', ({ env, written }) => {
    expect(primaryConninfo(undefined, env)).toBe(written);
  });

  it('looks a service of the environment up, which the server may not know', () => {
    const folder = temporaryFolder();
    onTestFinished(() => removeFolder(folder));
    const file = join(folder, 'services');
    writeFileSync(file, '[primary]\nhost=db1\nuser=standby\n');
    const env = { PGSERVICE: 'primary', PGSERVICEFILE: file, PGUSER: 'somebody' };
    expect(primaryConninfo(undefined, env)).toBe('user=standby host=db1');
  });

  it.each([
    { given: undefined, env: {} },
    { given: undefined, env: { PGUSER: 'standby' } },
    { given: '', env: { PGHOST: 'db1' } },
    { given: 'user=standby', env: { PGHOST: 'db1' } },
    { given: 'host=', env: {} },
  ])('refuses $given with $env', ({ given, env }) => {
    expect(() => primaryConninfo(given, env)).toThrow('no server was given for the standby to follow');
  });

  it.each([
    { given: 'nonsense', complaint: 'missing "=" after "nonsense" in connection info string' },
    {
      given: 'postgresql://u:SECRET%zz@h',
      complaint: /^invalid percent-encoded token in connection option "password"$/,
    },
    { given: 'host=db1 colour=red', complaint: 'invalid connection option "colour"' },
  ])('refuses $given', ({ given, complaint }) => {
    expect(() => primaryConninfo(given, {})).toThrow(complaint);
  });
});
