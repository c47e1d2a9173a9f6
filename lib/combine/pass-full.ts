/**
 * A chain of a full backup alone, as a stream: it passes as it is, with archives decompressed. A tar gets what a stream
 * has around its archives.
 */

import type { ContentsSink } from '../store/file-writer.ts';
import type { Frame } from '../stream/frame.ts';
import { headFrames } from '../stream/head-frames.ts';
import type { Input } from './input.ts';
import { OlderBackup } from './older-backup.ts';
import { Agreement, type CombineOptions, readBackup } from './read-chain.ts';

/** The list of a tar, which says nothing of tablespaces. */
const BASE = [{ oid: null, location: null, kilobytes: null }];

/** Forwards a backup. Throws BackupError if it is not good, or is incremental. */
export async function* passFull(
  input: Input,
  options: CombineOptions,
): AsyncGenerator<Frame, void, undefined> {
  const { place, start: lsn, timeline } = input;
  const backup = new OlderBackup(place, new Map());
  let current: ContentsSink | undefined;
  let form: 'stream' | 'tar' | undefined;
  for await (const frame of readBackup(input, options)) {
    form ??= frame.type === 'archive' ? 'tar' : 'stream';
    if (frame.type === 'archive') {
      if (form === 'tar')
        yield* headFrames({ parameters: new Map(), start: { lsn, timeline }, tablespaces: BASE });
      current = backup.archive(frame.name);
    } else if (frame.type === 'manifest') current = undefined;
    else if (frame.type === 'archive-end') current?.end();
    else if (frame.type === 'data') current?.push(frame.parts);
    else if (frame.type === 'end') {
      new Agreement(1).addKept(place, backup.kept);
      if (form === 'tar') yield { type: 'copy-done' };
    }
    yield frame;
  }
}
