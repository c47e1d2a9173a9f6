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
  // After fstat() of a pipe, realpathSync() of Node.js takes the next path for a pipe too, and does not follow symbolic
  // links in it. A package that is installed as a link, as pnpm does it, would then not find its parts.
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

/** What went wrong, without the further lines in which Node.js lists where it has looked. */
export function firstSentence(error: unknown): string {
  const [line = ''] = String((error as Error).message).split('\n');
  return `${line.replace(/\.$/, '')}.`;
}
