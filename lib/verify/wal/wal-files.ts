/**
 * Where WAL is looked for that is not checked as it passes: in a directory of segment files, or in a tar of them,
 * compressed or not (wal-tar.ts). Files are read in any order.
 */

import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, systemTrouble } from '../../errors/system-trouble.ts';
import type { WalFile, WalFiles } from './wal-file.ts';

/** Opens a directory or a tar, of which only the files are wanted that `isWanted` says. */
export async function openWalFiles(path: string, isWanted: (name: string) => boolean): Promise<WalFiles> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return new WalDirectory(path);
  const { openWalTar } = await import('./wal-tar.ts');
  return await openWalTar(path, isWanted);
}

/** Files in a directory. */
class WalDirectory implements WalFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  names(): string[] {
    try {
      return readdirSync(this.#directory);
    } catch {
      return []; // what is wanted will be missed
    }
  }

  open(name: string): WalFile | undefined {
    const path = join(this.#directory, name);
    const fd = openIfThere(path);
    if (fd === undefined) return undefined;
    return {
      size: fstatSync(fd).size,
      read: (buffer, at) =>
        attempt(`could not read file "${path}"`, () => readSync(fd, buffer, 0, buffer.length, at)),
      close: () => closeSync(fd),
    };
  }

  async close(): Promise<void> {}
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw systemTrouble(`could not open file "${path}"`, error);
  }
}
