/**
 * A chain of backups as one: the newest backup's frames in, and out the frames of a full backup. Whoever extracts them
 * makes the files that are rebuilt (newest-backup.ts), so that when the end of the newest backup has come, the older
 * ones are read one after the other, and fill in their blocks. Only then come the manifest and the end: nobody has a
 * whole backup before all of the chain was read and found good.
 */

import type { Frame } from '../stream/frame.ts';
import type { Input } from './input.ts';
import { newManifest } from './new-manifest.ts';
import type { NewestBackup } from './newest-backup.ts';
import {
  Agreement,
  type CombineOptions,
  fillFrom,
  readBackup,
  settle,
  unexpectedIncremental,
  withAlgorithms,
} from './read-chain.ts';

/** Combines backups, the newest first. Throws BackupError for one that is not good, and for a chain that is none. */
export async function* combineBackups(
  inputs: readonly Input[],
  newest: NewestBackup,
  options: CombineOptions,
): AsyncGenerator<Frame, void, undefined> {
  const [first, ...older] = withAlgorithms(inputs);
  if (first === undefined) return;
  const manifest: Buffer[] = [];
  let inManifest = false;
  try {
    for await (const frame of readBackup(first, options)) {
      if (frame.type === 'manifest' || frame.type === 'archive') inManifest = frame.type === 'manifest';
      if (frame.type === 'data' && inManifest) manifest.push(...frame.parts.map((part) => Buffer.from(part)));
      else if (frame.type === 'end') {
        await fill(first, older, newest, options);
        await newest.writes.settle();
        yield* manifestFrames(Buffer.concat(manifest), newest, options);
        yield frame;
      } else if (frame.type !== 'manifest' && frame.type !== 'manifest-end') yield frame;
    }
  } finally {
    for (const file of newest.rebuilt.values()) file.pages.abandon();
    await newest.writes.settle().catch(() => {}); // thrown before, or the failure is another one
  }
}

async function* manifestFrames(
  manifest: Buffer,
  newest: NewestBackup,
  { algorithm }: CombineOptions,
): AsyncGenerator<Frame, void, undefined> {
  yield { type: 'manifest' };
  for await (const bytes of newManifest(manifest, newest, algorithm))
    yield { type: 'data', parts: [bytes], bytes: bytes.length };
  yield { type: 'manifest-end' };
}

/** Reads the older backups, whose blocks go where the newest one has none. */
async function fill(
  { place }: Input,
  older: readonly Input[],
  newest: NewestBackup,
  options: CombineOptions,
): Promise<void> {
  const agreement = new Agreement(1 + older.length);
  agreement.add(place, newest.label.parsed, newest.control);
  settle(newest.rebuilt, newest.control, options);
  await fillFrom(older, newest.rebuilt, agreement, options);
  const unfinished = [...newest.rebuilt].find(([, { finished }]) => !finished);
  const full = older.at(-1)?.place ?? place;
  if (unfinished !== undefined) throw unexpectedIncremental(full, unfinished[0]);
  agreement.end(options);
}
