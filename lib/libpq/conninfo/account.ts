/**
 * The account that we run under: its home directory and its name. A container may run us as a user ID that has no
 * entry in the password database: then there is no home directory, unless HOME names one, and whatever is looked for
 * there is taken as missing. A name is asked for only where one is needed. See pqGetHomeDirectory() in libpq's
 * fe-connect.c and pg_get_user_name() in src/port/user.c.
 */

import { constants, userInfo } from 'node:os';
import { systemErrorText } from '../../errors/system-error.ts';
import { TroubleError } from '../../errors/trouble.ts';

/** The home directory; undefined if there is none. */
export function homeDirectory(env: NodeJS.ProcessEnv): string | undefined {
  if (env.HOME) return env.HOME;
  try {
    return userInfo().homedir || undefined;
  } catch {
    return undefined;
  }
}

/** The user's name. Throws TroubleError if there is none. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    const id = process.geteuid?.();
    const isMissing = (error as NodeJS.ErrnoException).errno === -constants.errno.ENOENT;
    const text = isMissing
      ? `local user with ID ${id} does not exist`
      : `could not look up local user ID ${id}: ${systemErrorText(error)}`;
    throw new TroubleError(text, { cause: error });
  }
}
