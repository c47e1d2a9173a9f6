/**
 * A chain of backups as a stream: places in, the frames of a full backup out, as a server would have sent it. What is
 * needed of the incremental backups goes into the spool, the newest one first; then the full backup passes through
 * once, in its own order, with the plan of the result (planned-archive.ts) beside it. Nothing comes out before all
 * incremental backups were read and found good.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import { dataFrames } from '../stream/data-frames.ts';
import type { Frame, ListedTablespace, Position } from '../stream/frame.ts';
import { endFrames, headFrames } from '../stream/head-frames.ts';
import { CombinedArchive, type FullParts } from './combined-archive.ts';
import type { Input } from './input.ts';
import { KeptFiles } from './kept-files.ts';
import { readManifestFacts } from './manifest-facts.ts';
import { MemberOutput } from './member-output.ts';
import { newManifest } from './new-manifest.ts';
import { passFull } from './pass-full.ts';
import type { PlannedArchive } from './planned-archive.ts';
import {
  Agreement,
  type CombineOptions,
  fillFrom,
  readBackup,
  settle,
  withAlgorithms,
} from './read-chain.ts';
import type { CombineSpool } from './spool.ts';
import { SpooledBackup } from './spooled-backup.ts';

/** Combines backups, the newest first. Throws BackupError for one that is not good or does not fit. */
export async function* streamCombined(
  inputs: readonly Input[],
  spool: CombineSpool,
  options: CombineOptions,
): AsyncGenerator<Frame, void, undefined> {
  const [first, ...older] = withAlgorithms(inputs);
  const full = older.pop();
  if (first === undefined) return;
  if (full === undefined) return yield* passFull(first, options);
  const agreement = new Agreement(inputs.length);
  const newest = new SpooledBackup(first.place, spool);
  for await (const frame of readBackup(first, options)) newest.take(frame);
  agreement.add(first.place, newest.label.parsed, newest.control);
  settle(newest.rebuilt, newest.control, options);
  await fillFrom(older, newest.rebuilt, agreement, options);

  const facts = readManifestFacts(newest.manifest);
  const algorithm = options.algorithm ?? facts.algorithm;
  yield* head(newest);
  const kept = new KeptFiles(full.place);
  const output = new MemberOutput(spool, { algorithm, ofAll: algorithm !== facts.algorithm }, newest.entries);
  yield* archives(full, newest, { place: full.place, output, kept }, options);
  agreement.addKept(full.place, kept);
  agreement.end(options);
  yield* tail(newest, facts.end, algorithm);
}

/** What stands before the archives: as in the newest backup, with the sizes of the result. */
function head({ head: { parameters, tablespaces }, label, archives }: SpooledBackup): Generator<Frame> {
  const sizes = new Map(
    [...archives.values()].map(({ name, bytes }) => [parseArchiveName(name)?.oid, bytes]),
  );
  const listed = tablespaces.map((tablespace): ListedTablespace => {
    const bytes = sizes.get(tablespace.oid ?? undefined);
    return { ...tablespace, kilobytes: bytes === undefined ? null : Math.ceil(bytes / 1024) };
  });
  const { start: lsn, timeline } = label.parsed;
  return headFrames({ parameters, start: { lsn, timeline }, tablespaces: listed });
}

/** The archives, while the full backup passes. */
async function* archives(
  full: Input,
  newest: SpooledBackup,
  parts: FullParts,
  options: CombineOptions,
): AsyncGenerator<Frame, void, undefined> {
  const awaited = new Map(newest.archives);
  let current: CombinedArchive | undefined;
  for await (const frame of readBackup(full, options)) {
    if (frame.type === 'archive') {
      const plan = awaited.get(frame.name);
      awaited.delete(frame.name);
      // base.tar comes last, after tablespaces that only the newest backup has.
      if (parseArchiveName(frame.name)?.kind === 'base') yield* addedArchives(awaited, parts);
      current = plan === undefined ? undefined : new CombinedArchive(plan, parts);
      if (plan !== undefined) yield beginning(plan);
    } else if (frame.type === 'archive-end' && current !== undefined) {
      current.end();
      current = undefined;
      yield frame;
    } else if (frame.type === 'data' && current !== undefined) {
      yield* dataFrames(current.push(frame.parts));
    }
  }
  const [lacking] = awaited.keys();
  if (lacking !== undefined) throw new BackupError(`backup at "${full.place}" lacks archive "${lacking}"`);
}

/** Those of tablespaces that the full backup does not have. */
function* addedArchives(
  awaited: Map<string, PlannedArchive>,
  parts: FullParts,
): Generator<Frame, void, undefined> {
  for (const [name, plan] of awaited) {
    awaited.delete(name);
    yield beginning(plan);
    yield* dataFrames(new CombinedArchive(plan, parts).rest());
    yield { type: 'archive-end', name };
  }
}

function beginning({ name, location }: PlannedArchive): Frame {
  return { type: 'archive', name, location, resumed: false };
}

/** All after the archives of the data directory and the tablespaces. The end of pg_wal.tar comes after the manifest. */
async function* tail(
  newest: SpooledBackup,
  end: Position | undefined,
  algorithm: ChecksumAlgorithm,
): AsyncGenerator<Frame, void, undefined> {
  const { wal } = newest;
  if (wal !== undefined) {
    yield { type: 'archive', name: wal.name, location: '', resumed: false };
    yield* dataFrames(wal.read());
  }
  yield { type: 'manifest' };
  for await (const bytes of newManifest(newest.manifest, newest, algorithm)) yield* dataFrames([bytes]);
  yield { type: 'manifest-end' };
  if (wal !== undefined) yield { type: 'archive-end', name: wal.name };
  yield* endFrames(newest.stop ?? end);
}
