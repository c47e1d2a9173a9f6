/** The error for an archive that cannot be edited because it is compressed. */

import { TroubleError } from '../errors/trouble.ts';

/** For an archive of this name. */
export function compressedArchive(name: string): TroubleError {
  return new TroubleError(`could not relocate tablespaces: archive "${name}" is compressed`, {
    hint: 'Put "bb-compress -d" before bb-relocate.',
  });
}
