/**
 * Facts about the server, as a stream says them before the backup: from the control file, and from PG_VERSION, what a
 * running server is asked for (readParameters() in server/walsender.ts).
 */

import type { ControlFile } from '../postgres/control-file.ts';

/** By the names that they have in a stream. The version is that of PG_VERSION. */
export function parametersOf(control: ControlFile, version: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries({
      server_version: version,
      system_identifier: String(control.systemIdentifier),
      block_size: String(control.blockBytes),
      wal_segment_size: String(control.walSegmentBytes),
      data_checksums: control.dataChecksumVersion === 0 ? 'off' : 'on',
    }),
  );
}
