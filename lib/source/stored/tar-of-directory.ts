/**
 * A directory as a tar: its files in, the bytes of an archive out, as the server makes them of its data directory
 * (sendDir() in src/backend/backup/basebackup.c): each directory before what is in it, in the order in which the system
 * lists it. Files must not change meanwhile.
 */

import { closeSync, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { setImmediate as letSignalsIn } from 'node:timers/promises';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import { readDirectory } from '../../io/read-directory.ts';
import { type MemberKind, paddingBytes } from '../../tar/member.ts';
import { ARCHIVE_END } from '../../tar/reader.ts';
import { memberHeader } from '../../tar/writer.ts';

/** What goes out at a time. */
const SLAB_BYTES = 1024 * 1024;
const MODE_BITS = 0o7777;

/** What is special about some paths, which are relative to the directory. */
export interface TarPlan {
  /** What comes before all others, each without what is below it, and files that come after them. */
  readonly first: readonly string[];
  readonly last: readonly string[];
  /** What is left out, with all below it. */
  readonly without: readonly string[];
  /** Links that are followed as if they were directories; others are refused, unless they are among the first. */
  readonly followed: readonly string[];
}

/** Something to be archived. */
interface Found {
  readonly path: string;
  readonly kind: MemberKind;
}

/** Gives the archive. Each piece is used up when the next is asked for. Throws TroubleError for what cannot be read. */
export async function* tarOfDirectory(
  root: string,
  plan: TarPlan,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let filled = 0;
  for (const found of members(root, plan)) {
    for (const fill of parts(root, found)) {
      for (let done = false; !done; ) {
        if (filled === slab.length) {
          yield slab;
          filled = 0;
          await letSignalsIn();
          signal.throwIfAborted();
        }
        const bytes = fill(slab.subarray(filled));
        filled += bytes;
        done = bytes === 0;
      }
    }
  }
  yield slab.subarray(0, filled);
  yield ARCHIVE_END;
}

/** Writes what comes next into a buffer and tells how much that was; 0 when there is no more. */
type Fill = (room: Buffer) => number;

/** All members in their order. */
function* members(root: string, plan: TarPlan): Generator<Found, void, undefined> {
  const apart = new Set([...plan.first, ...plan.last, ...plan.without]);
  for (const path of plan.first) yield { path, kind: kindOf(`${root}/${path}`) };
  yield* below(root, '', plan, apart);
  for (const path of plan.last) yield { path, kind: 'file' };
}

function kindOf(full: string): MemberKind {
  const stats = attempt(`could not stat file or directory "${full}"`, () => lstatSync(encodeName(full)));
  if (stats.isSymbolicLink()) return 'symlink';
  return stats.isDirectory() ? 'directory' : 'file';
}

function* below(
  root: string,
  directory: string,
  plan: TarPlan,
  apart: ReadonlySet<string>,
): Generator<Found> {
  const full = directory === '' ? root : `${root}/${directory}`;
  for (const entry of attempt(`could not open directory "${full}"`, () => readDirectory(full))) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (apart.has(path)) continue;
    if (entry.kind === 'file') yield { path, kind: 'file' };
    else if (entry.kind === 'directory' || plan.followed.includes(path)) {
      yield { path, kind: 'directory' };
      yield* below(root, path, plan, apart);
    } else throw new TroubleError(`"${root}/${path}" is not a file or directory`);
  }
}

function* parts(root: string, { path, kind }: Found): Generator<Fill, void, undefined> {
  const full = `${root}/${path}`;
  if (kind === 'file') return yield* fileParts(full, path);
  const stats = attempt(`could not stat file or directory "${full}"`, () => lstatSync(encodeName(full)));
  const link = kind === 'symlink' ? { linkTarget: readlinkSync(full) } : {};
  yield bytesOf(memberHeader({ path, kind, size: 0, ...stamp(stats), ...link }));
}

function* fileParts(full: string, path: string): Generator<Fill, void, undefined> {
  const fd = attempt(`could not open file "${full}"`, () => openSync(encodeName(full), 'r'));
  try {
    const stats = fstatSync(fd);
    yield bytesOf(memberHeader({ path, kind: 'file', size: stats.size, ...stamp(stats) }));
    yield contentsOf(fd, full, stats.size);
    yield bytesOf(Buffer.alloc(paddingBytes(stats.size)));
  } finally {
    closeSync(fd);
  }
}

function stamp({ mode, mtimeMs }: Stats): { mode: number; mtime: number } {
  return { mode: mode & MODE_BITS, mtime: Math.floor(mtimeMs / 1000) };
}

function bytesOf(bytes: Buffer): Fill {
  let at = 0;
  return (room) => {
    const copied = bytes.copy(room, 0, at);
    at += copied;
    return copied;
  };
}

function contentsOf(fd: number, full: string, size: number): Fill {
  let missing = size;
  return (room) => {
    if (missing === 0) return 0;
    const length = Math.min(room.length, missing);
    const bytes = attempt(`could not read file "${full}"`, () => readSync(fd, room, 0, length, null));
    if (bytes === 0) throw new TroubleError(`file "${full}" became shorter while it was read`);
    missing -= bytes;
    return bytes;
  };
}
