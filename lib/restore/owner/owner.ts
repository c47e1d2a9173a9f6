/** Whom a restored cluster is given to: the choice of --owner, or the names in the archive, to ids on this host. */

import { TroubleError } from '../../errors/trouble.ts';
import type { Owner } from '../../store/file-writer.ts';
import type { MemberOwner } from '../../tar/member.ts';
import { findGroup, findUser } from './accounts.ts';

/** Whom files are given to, by name or number. */
export interface OwnerChoice {
  readonly user: string;
  /** The user's own if not given. */
  readonly group?: string;
}

/** The same as the system has it. */
export interface NamedOwner extends Owner {
  readonly user: string;
}

const ID = /^[0-9]+$/;
/** The one above it stands for none. */
const MAX_ID = 0xfffffffe;

/** The owner that was asked for. Throws TroubleError for a user or group that does not exist. */
export function chosenOwner({ user, group }: OwnerChoice): NamedOwner {
  const found = findUser(user);
  const uid = found?.uid ?? idOf(user);
  if (uid === undefined) throw new TroubleError(`user "${user}" does not exist`);
  const gid = group === undefined ? found?.gid : (findGroup(group) ?? idOf(group));
  if (gid !== undefined) return { user, uid, gid };
  if (group !== undefined) throw new TroubleError(`group "${group}" does not exist`);
  throw new TroubleError(`user "${user}" has no group on this host`, {
    hint: `Give one, as in "--owner=${user}:GROUP".`,
  });
}

/** The owner that an archive names, if that user exists on this host; its group may be another. */
export function namedOwner({ user, group }: MemberOwner): NamedOwner | undefined {
  const found = ID.test(user) ? undefined : findUser(user);
  if (found === undefined) return undefined;
  return { user, uid: found.uid, gid: (ID.test(group) ? undefined : findGroup(group)) ?? found.gid };
}

/** A number that is no user's name is an id. */
function idOf(text: string): number | undefined {
  return ID.test(text) && Number(text) <= MAX_ID ? Number(text) : undefined;
}
