/** What was written, as far as it matters for what can be done next: read from the files when all is done. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isIncrementalLabel } from '../../postgres/backup-label.ts';
import { BACKUP_LABEL, VERSION_FILE, WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import { openContents } from '../../source/open-contents.ts';

const SEGMENT = /^[0-9A-F]{24}$/;
/** The header of the first member, backup_label, and the label itself, which has a few lines. */
const HEAD_BYTES = 2048;

/** Whether the data directory is that of an incremental backup. */
export function isIncremental(directory: string): boolean {
  return isIncrementalLabel(readIfThere(join(directory, BACKUP_LABEL)));
}

/** Whether there is WAL with which a server can reach the end of the backup. */
export function hasWal(directory: string): boolean {
  try {
    return readdirSync(join(directory, WAL_DIRECTORY)).some((name) => SEGMENT.test(name));
  } catch {
    return false;
  }
}

/** The version of PostgreSQL whose data directory it is, "18"; undefined if that is not said. */
export function majorVersion(directory: string): string | undefined {
  return readIfThere(join(directory, VERSION_FILE)).trim() || undefined;
}

/** Whether an archive of the data directory, compressed or not, is that of an incremental backup. */
export async function isIncrementalArchive(chunks: AsyncIterable<Buffer>): Promise<boolean> {
  for await (const frame of openContents(chunks)) {
    if (frame.type !== 'data') continue;
    return isIncrementalLabel(Buffer.concat(frame.parts).toString('latin1', 0, HEAD_BYTES));
  }
  return false;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
