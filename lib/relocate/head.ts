/**
 * What precedes the archives in a backup stream, held back: frames in, the same frames out when all of them are there,
 * and what stands in them that matters here. Their number and size are limited, since notices may be endless.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { Frame } from '../stream/frame.ts';
import type { Tablespace } from '../tablespaces/tablespace.ts';

const MAX_BYTES = 64 * 1024 * 1024;
/** Roughly what a frame takes in memory, its bytes apart. */
const FRAME_BYTES = 512;

/** The frames up to the first archive. */
export class Head {
  readonly frames: Frame[] = [];
  readonly tablespaces: Tablespace[] = [];
  /** The major version of the server, if the stream says it. */
  serverMajor: number | undefined;
  #bytes = 0;

  /** Takes a frame, which is lent. */
  add(frame: Frame): void {
    const wire = frame.wire?.map((bytes) => Buffer.from(bytes));
    this.frames.push(wire === undefined ? frame : { ...frame, wire });
    this.#bytes += (wire ?? []).reduce((sum, { length }) => sum + length, FRAME_BYTES);
    if (this.#bytes > MAX_BYTES) {
      throw new BackupError(`more than ${MAX_BYTES} bytes stand before the first archive`);
    }
    if (frame.type === 'parameter' && frame.name === 'server_version') {
      this.serverMajor = Number.parseInt(frame.value, 10);
    } else if (frame.type === 'tablespace' && frame.oid !== null && frame.location !== null) {
      this.tablespaces.push({ oid: frame.oid, location: frame.location });
    }
  }
}
