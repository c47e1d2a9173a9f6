/**
 * Whether tablespaces can be put where they are to go: directories in, one error out that tells of all that cannot,
 * with the options that put them elsewhere, ready to be copied. Nothing is made.
 */

import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { attempt } from '../errors/system-trouble.ts';
import { TroubleError } from '../errors/trouble.ts';
import { insistOnEmpty } from '../store/target-directory.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { TablespaceTarget } from './tablespace-targets.ts';

const { W_OK, X_OK } = constants;

/** Throws TroubleError if one of the directories has anything in it, or cannot be made or written to. */
export function insistOnLocations(dataDirectory: string, tablespaces: readonly TablespaceTarget[]): void {
  const refused = tablespaces.flatMap((tablespace) => {
    const reason = obstacle(tablespace.directory);
    return reason === undefined ? [] : [{ tablespace, reason }];
  });
  const [first] = refused;
  if (first === undefined) return;
  const options = refused.map(({ tablespace }) => suggestion(dataDirectory, tablespace));
  const hint = `Put tablespaces elsewhere, for example: ${options.join(' ')}`;
  if (refused.length === 1) {
    const { message, detail } = first.reason;
    throw new TroubleError(message, {
      ...(detail === undefined ? {} : { detail }),
      hint,
      cause: first.reason,
    });
  }
  throw new TroubleError(`could not use the directories of ${refused.length} tablespaces`, {
    detail: refused.map(({ reason }) => sentence(reason)).join(' '),
    hint,
  });
}

function obstacle(path: string): TroubleError | undefined {
  try {
    const there = insistOnEmpty(path);
    attempt(`could not ${there ? 'write to' : 'create'} directory "${path}"`, () =>
      accessSync(nearest(path), W_OK | X_OK),
    );
    return undefined;
  } catch (error) {
    if (error instanceof TroubleError) return error;
    throw error;
  }
}

/** The directory itself, or that in which it is to be made with all above it. */
function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path));
}

/** A directory beside the data directory, where there is room and the user may create one. */
function suggestion(dataDirectory: string, { oid, location }: TablespaceTarget): string {
  const [from, to] = [location, `${resolve(dataDirectory)}-tablespaces/${oid}`].map((path) =>
    path.replaceAll('=', '\\='),
  );
  return `-T ${shellWord(`${from}=${to}`)}`;
}

function sentence({ message }: TroubleError): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
