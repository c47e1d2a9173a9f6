import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { findGroup, findUser } from '../../../../lib/restore/owner/accounts.ts';
import { chosenOwner, namedOwner } from '../../../../lib/restore/owner/owner.ts';

const NOBODY = '4294900000';

describe('findUser and findGroup', () => {
  it('find by name and by id', () => {
    expect(findUser('root')).toEqual({ uid: 0, gid: 0 });
    expect(findUser('0')).toEqual({ uid: 0, gid: 0 });
    expect(findGroup('0')).toBe(0);
  });

  it.each(['', '-s', '--help', 'no-such-user', NOBODY, 'root:x'])('find nobody called "%s"', (name) => {
    expect(findUser(name)).toBeUndefined();
    expect(findGroup(name)).toBeUndefined();
  });
});

describe('chosenOwner', () => {
  it.each([
    { choice: { user: 'root' }, owner: { user: 'root', uid: 0, gid: 0 } },
    { choice: { user: 'root', group: '12345' }, owner: { user: 'root', uid: 0, gid: 12345 } },
    { choice: { user: NOBODY, group: '0' }, owner: { user: NOBODY, uid: Number(NOBODY), gid: 0 } },
  ])('is $choice', ({ choice, owner }) => {
    expect(chosenOwner(choice)).toEqual(owner);
  });

  it.each([
    { choice: { user: 'no-such-user' }, complaint: 'user "no-such-user" does not exist' },
    { choice: { user: '12345678901' }, complaint: 'user "12345678901" does not exist' },
    { choice: { user: '4294967295' }, complaint: 'user "4294967295" does not exist' },
    { choice: { user: 'root', group: 'no-such-group' }, complaint: 'group "no-such-group" does not exist' },
    { choice: { user: NOBODY }, complaint: `user "${NOBODY}" has no group on this host` },
  ])('is not $choice', ({ choice, complaint }) => {
    expect(() => chosenOwner(choice)).toThrow(TroubleError);
    expect(() => chosenOwner(choice)).toThrow(complaint);
  });
});

describe('namedOwner', () => {
  it('is the user of that name, with the group of that name, or its own', () => {
    expect(namedOwner({ user: 'root', group: 'no-such-group' })).toEqual({ user: 'root', uid: 0, gid: 0 });
  });

  it.each(['', '0', 'no-such-user', '-x'])('is nobody if the archive names "%s"', (user) => {
    expect(namedOwner({ user, group: 'root' })).toBeUndefined();
  });
});
