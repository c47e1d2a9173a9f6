/** The control files, parsed: what a reader has of them in, what they say out. Damage is a finding. */

import { BackupError } from '../../errors/backup-error.ts';
import { parseBackupLabel } from '../../postgres/backup-label.ts';
import { parseControlFile } from '../../postgres/control-file.ts';
import { BACKUP_LABEL, CONTROL_FILE, TABLESPACE_MAP, VERSION_FILE } from '../../postgres/data-directory.ts';
import { insistOnLocation } from '../../postgres/location.ts';
import { parseTablespaceMap, type TablespaceMap } from '../../postgres/tablespace-map.ts';
import {
  type ControlFileRecord,
  type ControlFileRecords,
  type ControlFiles,
  MAX_CONTROL_FILE_BYTES,
} from '../records/control-files.ts';
import type { Check } from '../shared/findings.ts';
import { noteError, type Verification } from '../shared/verification.ts';

/** Parses the files that there are. */
export function parseControlFiles(records: ControlFileRecords, verification: Verification): ControlFiles {
  const read = <Value>(path: string, check: Check, parse: (bytes: Buffer) => Value): Value | undefined => {
    const record = records.get(path);
    if (record === undefined) return undefined;
    try {
      return parse(contentsOf(path, record));
    } catch (error) {
      noteError(check, path, error, verification);
      return undefined;
    }
  };
  return {
    control: read(CONTROL_FILE, 'control file', parseControlFile),
    label: read(BACKUP_LABEL, 'label', parseBackupLabel),
    tablespaces: read(TABLESPACE_MAP, 'tablespace', parseLocations),
    // A file as any other, of which the contents do not matter to whoever skips checksums (as for pg_verifybackup -s).
    version: verification.skipChecksums ? undefined : read(VERSION_FILE, 'file', parseVersionFile),
  };
}

function contentsOf(path: string, record: ControlFileRecord): Buffer {
  if ('contents' in record) return record.contents;
  throw new BackupError(`file "${path}" is too large`, {
    detail: `It has ${record.tooLarge} bytes, and no server writes more than ${MAX_CONTROL_FILE_BYTES}.`,
  });
}

/** A server that recovers follows the map. */
function parseLocations(bytes: Buffer): TablespaceMap {
  const map = parseTablespaceMap(bytes);
  for (const [oid, location] of map) insistOnLocation(oid, location);
  return map;
}

/** The major version. */
function parseVersionFile(bytes: Buffer): number {
  const [, major] = /^([1-9][0-9]?)\s*$/.exec(bytes.toString('latin1', 0, 16)) ?? [];
  if (major === undefined)
    throw new BackupError(`invalid data in file "${VERSION_FILE}"`, {
      detail: bytes.length === 0 ? 'It is empty.' : 'It does not say the version of the server.',
    });
  return Number(major);
}
