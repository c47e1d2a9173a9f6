/**
 * The few small files in which a backup says what it is. A file can be missing, empty, larger than any server writes it,
 * or be read as it is, and these are four different things: what is empty or too large is damaged, never absent.
 */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from '../errors/backup-error.ts';
import { BACKUP_LABEL, CONTROL_FILE, TABLESPACE_MAP, VERSION_FILE } from '../postgres/data-directory.ts';
import type { IgnoreList } from './ignore-list.ts';

const FACT_FILES: readonly string[] = [CONTROL_FILE, BACKUP_LABEL, TABLESPACE_MAP, VERSION_FILE];
/** Far more than these files ever have. */
export const MAX_FACT_BYTES = 16 * 1024 * 1024;

/** What is in a file, or the size of one that is too large to be read. */
export type FactFile = Buffer | { readonly tooLarge: number };

/** Those that there are, by their paths. */
export type FactFiles = ReadonlyMap<string, FactFile>;

/** Whether the file of this path is one that is to be read. */
export function isFactFile(path: string, ignore: IgnoreList): boolean {
  return FACT_FILES.includes(path) && !ignore.covers(path);
}

/** Reads the files of a data directory. */
export function readFactFiles(directory: string, ignore: IgnoreList): FactFiles {
  const files = new Map<string, FactFile>();
  for (const path of FACT_FILES.filter((candidate) => isFactFile(candidate, ignore))) {
    try {
      const full = join(directory, path);
      const { size } = statSync(full);
      files.set(path, size > MAX_FACT_BYTES ? { tooLarge: size } : readFileSync(full));
    } catch {
      // Not there, or not to be read: the tree and the checksums tell of it.
    }
  }
  return files;
}

/** The contents of a file. Throws BackupError if it is too large. */
export function contentsOf(path: string, file: FactFile): Buffer {
  if (Buffer.isBuffer(file)) return file;
  throw new BackupError(`file "${path}" is too large`, {
    detail: `It has ${file.tooLarge} bytes, and no server writes more than ${MAX_FACT_BYTES}.`,
  });
}

/** The major version in PG_VERSION. Throws BackupError if there is none. */
export function parseVersionFile(bytes: Buffer): number {
  const [, major] = /^([1-9][0-9]?)\s*$/.exec(bytes.toString('latin1', 0, 16)) ?? [];
  if (major === undefined)
    throw new BackupError(`invalid data in file "${VERSION_FILE}"`, {
      detail: bytes.length === 0 ? 'It is empty.' : 'It does not say the version of the server.',
    });
  return Number(major);
}
