/** Whose the files are that root extracts. Where the tests are not root's, there is only one answer. */

import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { findUser } from '../../../../lib/restore/owner/accounts.ts';
import { OwnerStep } from '../../../../lib/restore/owner/owner-step.ts';
import { cluster, paths, scratch, tryExtract } from '../cluster.ts';

const isRoot = process.geteuid?.() === 0;
/** The archives that tests make say that they are of this user, as the server's do. */
const NAMED = findUser('postgres');

/** Extracts with a tablespace and WAL elsewhere; one of the directories was there before. */
async function extractAs(ownership: OwnerStep): Promise<{ folder: string; owners: Set<string> }> {
  const folder = scratch();
  mkdirSync(join(folder, 'wal'));
  const tablespaces = [{ oid: 16384, location: join(folder, 'deep/er/ts') }];
  const options = { steps: [ownership], waldir: join(folder, 'wal') };
  expect(await tryExtract(folder, cluster({ tablespaces }), options)).toHaveProperty('summary');
  const owners = paths(folder).map((path) => {
    const { uid, gid } = lstatSync(join(folder, path));
    return `${uid}:${gid}`;
  });
  return { folder, owners: new Set(owners) };
}

describe.skipIf(!isRoot)('OwnerStep, for root', () => {
  it('gives everything to the owner who was chosen: files, directories and links', async () => {
    const ownership = new OwnerStep({ user: '12345', group: '54321' });
    const { folder, owners } = await extractAs(ownership);
    expect(owners).toEqual(new Set(['12345:54321']));
    expect(lstatSync(folder).uid).toBe(0);
    expect(ownership.user).toBe('12345');
  });

  it.skipIf(NAMED === undefined)('gives everything to whom the archive names', async () => {
    const ownership = new OwnerStep(undefined);
    const { owners } = await extractAs(ownership);
    expect(owners).toEqual(new Set([`${NAMED?.uid}:${NAMED?.gid}`]));
    expect(ownership.user).toBe('postgres');
  });

  it.skipIf(NAMED !== undefined)('keeps everything if there is no such user', async () => {
    const ownership = new OwnerStep(undefined);
    expect((await extractAs(ownership)).owners).toEqual(new Set(['0:0']));
    expect(ownership.user).toBeUndefined();
  });

  it('keeps everything if root was chosen', async () => {
    const { owners } = await extractAs(new OwnerStep({ user: 'root' }));
    expect(owners).toEqual(new Set(['0:0']));
  });

  it('refuses an owner who does not exist', () => {
    expect(() => new OwnerStep({ user: 'no-such-user' })).toThrow('user "no-such-user" does not exist');
  });
});

describe('OwnerStep, for others', () => {
  const asUser = <Result>(act: () => Result): Result => {
    const { geteuid } = process;
    process.geteuid = () => 1000;
    try {
      return act();
    } finally {
      if (geteuid !== undefined) process.geteuid = geteuid;
    }
  };

  it('keeps everything', async () => {
    const ownership = asUser(() => new OwnerStep(undefined));
    const own = `${process.geteuid?.()}:${process.getegid?.()}`;
    expect((await extractAs(ownership)).owners).toEqual(new Set([own]));
    expect(ownership.user).toBeUndefined();
  });

  it('refuses to give anything away', () => {
    expect(() => asUser(() => new OwnerStep({ user: 'root' }))).toThrow(
      new TroubleError('could not give files to another user: only root may use --owner'),
    );
  });
});
