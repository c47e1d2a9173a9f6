/**
 * Facts about the server of a stored backup, as far as they can be known before its first byte is passed on: from the
 * control file of a data directory, or of an archive that can be searched because it is not compressed and lies in a
 * directory; else only what the manifest says.
 */

import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../errors/system-trouble.ts';
import { CONTROL_FILE_BYTES, parseControlFile } from '../../postgres/control-file.ts';
import { CONTROL_FILE, VERSION_FILE } from '../../postgres/data-directory.ts';
import { findFiles } from '../../tar/find-files.ts';
import { parametersOf } from '../parameters.ts';
import type { ArchiveFile } from './archives.ts';
import type { StoredManifest } from './stored-manifest.ts';

type Parameters = ReadonlyMap<string, string>;

/** Those of a backup in tar format. Throws BackupError for an archive or a control file that is damaged. */
export function parametersOfArchive(base: ArchiveFile, manifest: StoredManifest | undefined): Parameters {
  const { path, name: archive } = base;
  const fd = base.archive.compression === undefined ? base.descriptor?.() : undefined;
  if (fd === undefined) return parametersOfManifest(manifest);
  try {
    const files = findFiles({ fd, archive, path }, [VERSION_FILE, CONTROL_FILE], CONTROL_FILE_BYTES);
    return parametersOfFiles(files.get(VERSION_FILE), files.get(CONTROL_FILE), manifest);
  } finally {
    closeSync(fd);
  }
}

/** Those of a data directory. */
export function parametersOfDirectory(directory: string): Parameters {
  const read = (name: string) => {
    const path = join(directory, name);
    return attempt(`could not open file "${path}"`, () => readFileSync(path));
  };
  return parametersOfFiles(read(VERSION_FILE), read(CONTROL_FILE), undefined);
}

function parametersOfFiles(
  version: Buffer | undefined,
  control: Buffer | undefined,
  manifest: StoredManifest | undefined,
): Parameters {
  if (version === undefined || control === undefined) return parametersOfManifest(manifest);
  return parametersOf(parseControlFile(control), version.toString('latin1').trim());
}

function parametersOfManifest(manifest: StoredManifest | undefined): Parameters {
  const identifier = manifest?.systemIdentifier;
  return new Map(identifier === undefined ? [] : [['system_identifier', String(identifier)]]);
}
