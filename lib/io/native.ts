/**
 * Packages with native code, loaded where they are needed and not before: they take some milliseconds, and if one is
 * missing, damaged or not for this machine, that can be told. An import at the top of a file would end the process.
 */

import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { TroubleError } from '../errors/trouble.ts';

const requireHere = createRequire(import.meta.url);

/** Loads a package. Throws whatever keeps it from being loaded. */
export function requirePackage<Package>(name: string): Package {
  // After fstat() of a pipe, realpathSync() of Node.js takes the next path for a pipe, too, and leaves its symbolic links
  // as they are. Then a package that is installed as one, as pnpm does it, does not find its parts.
  statSync('/');
  return requireHere(name) as Package;
}

/** The same for a package that is needed. Throws TroubleError. */
export function loadNative<Package>(name: string): Package {
  try {
    return requirePackage<Package>(name);
  } catch (cause) {
    throw new TroubleError(`could not load the package "${name}"`, {
      detail: firstSentence(cause),
      hint: 'It belongs to these tools: install them again, on this machine.',
      cause,
    });
  }
}

/** What went wrong, without the places that were looked at, which Node.js tells of in more lines. */
export function firstSentence(error: unknown): string {
  const [line = ''] = String((error as Error).message).split('\n');
  return `${line.replace(/\.$/, '')}.`;
}
