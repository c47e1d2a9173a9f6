/**
 * Files and directories to stable storage with fsync(2), several at a time, since each of them waits for the
 * disk. A directory is synced for the names in it (fsync_fname() in src/common/file_utils.c).
 */

import { close, fsync, open } from 'node:fs';
import { promisify } from 'node:util';
import { attemptAsync } from '../errors/system-trouble.ts';
import { encodeName } from './file-name.ts';

const openAsync = promisify(open);
const fsyncAsync = promisify(fsync);
const closeAsync = promisify(close);

/** Node.js has this number of threads for them. */
const IN_FLIGHT = 4;

/**
 * Syncs the files and directories with these paths, which are taken from the iterable as they are needed. Throws
 * TroubleError, or the reason of `signal`, when all calls under way have ended.
 */
export async function syncAll(paths: Iterable<string>, signal: AbortSignal): Promise<void> {
  const queue = each(paths);
  const workers = Array.from({ length: IN_FLIGHT }, () => work(queue, signal));
  const outcomes = await Promise.allSettled(workers);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** All workers take from one generator; a worker that fails ends it, and so the others. */
async function work(queue: Iterable<string>, signal: AbortSignal): Promise<void> {
  for (const path of queue) {
    signal.throwIfAborted();
    await sync(path);
  }
}

function* each(paths: Iterable<string>): Generator<string, void, undefined> {
  yield* paths;
}

async function sync(path: string): Promise<void> {
  const fd = await attemptAsync(`could not open file "${path}"`, () => openAsync(encodeName(path), 'r'));
  try {
    await attemptAsync(`could not fsync file "${path}"`, () => fsyncAsync(fd));
  } finally {
    await closeAsync(fd);
  }
}
