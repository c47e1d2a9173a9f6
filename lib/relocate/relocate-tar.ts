/**
 * Moves tablespaces in a plain base.tar: bytes in; out come the frames of an archive whose contents are the tar, with
 * tablespace_map, links and a manifest in it changed, and all else as it was.
 *
 * The head is held back until tablespace_map has told of all tablespaces, so that a mapping that does not fit them is
 * found before anything goes out. In an archive of the server's that is the second member; in others it may be
 * anywhere, or there may be only links: beyond some bytes nothing is held back any more, and what does not fit is
 * found at the end, which then does not go out.
 */

import { BASE_ARCHIVE } from '../stream/archive-name.ts';
import { dataFrames } from '../stream/data-frames.ts';
import type { Frame } from '../stream/frame.ts';
import type { Mapping } from '../tablespaces/mapping.ts';
import { TarEditor } from '../tar/editor.ts';
import { BaseEdits } from './base-edits.ts';
import { Locations, type TellMove } from './locations.ts';

const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** Is told of what happens. */
export interface TarListener {
  readonly moving?: TellMove;
  /** There is no manifest in the tar, but elsewhere there may be one that should have been changed. */
  readonly manifestMissed?: () => void;
}

/** Moves the tablespaces that the mappings fit. Throws what relocate() in lib/relocate/relocate.ts does. */
export async function* relocateTar(
  chunks: AsyncIterable<Buffer>,
  mappings: readonly Mapping[],
  listener: TarListener = {},
): AsyncGenerator<Frame, void, undefined> {
  const locations = new Locations(mappings, listener.moving);
  const edits = new BaseEdits(locations);
  const editor = new TarEditor(BASE_ARCHIVE, edits);
  const held = new HeldPieces();
  yield { type: 'archive', name: BASE_ARCHIVE, location: '', resumed: false };
  for await (const chunk of chunks) {
    const pieces = editor.push([chunk]);
    if (held.released) yield* dataFrames(pieces);
    else {
      held.add(pieces);
      if (locations.destinations !== undefined || held.bytes > MAX_HELD_BYTES)
        yield* dataFrames(held.release());
    }
  }
  editor.end();
  yield* dataFrames(held.release());
  if (edits.manifestMissed) listener.manifestMissed?.();
  yield { type: 'archive-end', name: BASE_ARCHIVE };
  yield { type: 'end' };
}

/** Pieces that have been lent, kept in copies until they may go. */
class HeldPieces {
  bytes = 0;
  released = false;
  #pieces: Buffer[] = [];

  add(pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      this.#pieces.push(Buffer.from(piece));
      this.bytes += piece.length;
    }
  }

  release(): readonly Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.released = true;
    return pieces;
  }
}
