/**
 * What stands around the archives of a backup that bb makes itself: facts about the server, the start position and the
 * list of tablespaces before them, the end position after them. Positions and list in, frames out, in the order of
 * SendXlogRecPtrResult() and SendTablespaceList() in src/backend/backup/basebackup_copy.c.
 */

import type { BackupHead, Frame, Position } from './frame.ts';

/** All frames before the first archive. */
export function* headFrames(head: BackupHead): Generator<Frame, void, undefined> {
  for (const [name, value] of head.parameters) yield { type: 'parameter', name, value };
  yield { type: 'columns', names: ['recptr', 'tli'] };
  yield { type: 'start', ...head.start };
  yield { type: 'result-end' };
  yield { type: 'columns', names: ['spcoid', 'spclocation', 'size'] };
  for (const tablespace of head.tablespaces) yield { type: 'tablespace', ...tablespace };
  yield { type: 'result-end' };
  yield { type: 'copy', head };
}

/** All frames after the last one with contents. The position is undefined where no file of the backup has it. */
export function* endFrames(stop: Position | undefined): Generator<Frame, void, undefined> {
  yield { type: 'copy-done' };
  if (stop !== undefined) {
    yield { type: 'columns', names: ['recptr', 'tli'] };
    yield { type: 'stop', ...stop };
    yield { type: 'result-end' };
  }
  yield { type: 'end' };
}
