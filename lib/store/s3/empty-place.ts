/** Whether a place is free for a new backup: its objects in, an error out if there are any. */

import { TroubleError } from '../../errors/trouble.ts';
import { PARTIAL_SUFFIX } from '../../io/new-file.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import type { Bucket } from './bucket.ts';

/** The object that only one writer of a backup can make. */
export const CLAIM = `${MANIFEST}${PARTIAL_SUFFIX}`;

/** Throws TroubleError if the place has any object, but for this one. */
export async function insistOnNothing(bucket: Bucket, except?: string): Promise<void> {
  const { prefix, url } = bucket.location;
  const { objects, prefixes } = await bucket.list('/');
  const keys = [...objects.map(({ key }) => key), ...prefixes];
  // An object of the prefix itself is how some programs make a directory.
  const names = keys.map((key) => key.slice(prefix.length)).filter((name) => name !== '' && name !== except);
  if (names.length === 0) return;
  throw new TroubleError(`"${url}" exists but is not empty`, {
    ...(names.includes(MANIFEST) && { detail: 'There is a backup.' }),
    ...(names.includes(CLAIM) && {
      detail: 'Another backup is being written there, or was when its writer was killed.',
    }),
  });
}
