/**
 * The manifest of an earlier backup, from its file to the server, which learns from it what an incremental
 * backup need not contain (UploadManifest() in src/backend/replication/walsender.c). It is not looked at here: the
 * server says what is wrong with it.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { attemptAsync } from '../../errors/system-trouble.ts';
import type { Connection } from '../../libpq/connect/connection.ts';
import { asTrouble } from '../../libpq/connect/connection-failure.ts';
import { uploadManifest } from '../../libpq/replication/commands.ts';

/** As much as pg_basebackup sends at a time. */
const CHUNK_BYTES = 64 * 1024;

/** Uploads the file. Throws TroubleError if it cannot be read, ServerError if the server does not take it. */
export async function uploadManifestFile(
  connection: Connection,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const file = await attemptAsync(`could not open file "${path}"`, () => open(path));
  try {
    await connection.copyIn(uploadManifest(), chunks(file, path, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw asTrouble('could not upload manifest', error as Error);
  } finally {
    await file.close();
  }
}

/** The contents, each chunk valid until the next is asked for. */
async function* chunks(
  file: FileHandle,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await attemptAsync(`could not read file "${path}"`, () => file.read(buffer));
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
