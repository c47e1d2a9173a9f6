/**
 * The tablespaces of a backup as lines: OID, location and size in bytes, with tabs between them. Only so much of the
 * backup is read as must be: the tablespace list at the head of a stream; of a tar tablespace_map or, where there is
 * none, all of it for its links. A tar does not tell sizes.
 */

import { BackupError } from '../errors/backup-error.ts';
import { BASE_ARCHIVE } from '../stream/archive-name.ts';
import { CUT_SHORT } from '../stream/decode.ts';
import type { Frame } from '../stream/frame.ts';
import type { Tablespace } from '../tablespaces/tablespace.ts';
import { TarEditor } from '../tar/editor.ts';
import { Text, text } from '../terminal/text.ts';
import { listed } from '../terminal/visible.ts';
import { BaseEdits } from './base-edits.ts';
import { Locations } from './locations.ts';

interface Listed extends Tablespace {
  /** Undefined where the backup does not say it. */
  readonly bytes?: number;
}

/** The lines for a backup stream. Throws BackupError if it ends before its list does. */
export async function listStream(frames: AsyncIterable<Frame>): Promise<Text> {
  const tablespaces: Listed[] = [];
  for await (const frame of frames) {
    if (frame.type === 'tablespace') {
      const { oid, location, kilobytes } = frame;
      // The row of the data directory is the last one.
      if (oid === null || location === null) return lines(tablespaces);
      tablespaces.push({ oid, location, ...(kilobytes === null ? {} : { bytes: kilobytes * 1024 }) });
    }
  }
  throw new BackupError(CUT_SHORT);
}

/** The lines for a plain base.tar. Throws BackupError if it ends too early. */
export async function listTar(chunks: AsyncIterable<Buffer>): Promise<Text> {
  const locations = new Locations([]);
  const reader = new TarEditor(BASE_ARCHIVE, new BaseEdits(locations));
  for await (const chunk of chunks) {
    reader.push([chunk]);
    if (locations.destinations !== undefined) break;
  }
  if (locations.destinations === undefined) reader.end();
  return lines(locations.destinations ?? []);
}

function lines(tablespaces: readonly Listed[]): Text {
  const line = ({ oid, location, bytes }: Listed) => text`${oid}\t${listed(location)}\t${bytes ?? '-'}\n`;
  return Text.joined(tablespaces.map(line));
}
