/**
 * WAL in a tar: pg_wal.tar, a base.tar with pg_wal in it, or whatever tar was made of segment files, whose members may
 * be in any order. The tar is read through once. What is wanted of one that is not compressed is then read from where
 * it lies; of a compressed one it is kept in a temporary file.
 */

import { createReadStream, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { openDecompressor } from '../../compress/decompressor.ts';
import { MAX_HEAD_BYTES, recogniseCompression } from '../../compress/magic.ts';
import type { Compression } from '../../compress/method.ts';
import { attempt, attemptAsync, systemTrouble } from '../../errors/system-trouble.ts';
import { openUnnamedFile } from '../../io/unnamed-file.ts';
import { TarReader } from '../../tar/reader.ts';
import type { WalFile, WalFiles } from './wal-file.ts';

const READ_BYTES = 256 * 1024;
/** Where a member of a base.tar is, or of a tar of a directory. */
const PARENT = /^(?:\.\/)?(?:pg_wal\/)?/;

/** Where a file is. */
interface Stretch {
  readonly begin: number;
  readonly size: number;
}

/** Finds the wanted files in a tar. Throws BackupError if it is not whole. */
export async function openWalTar(path: string, isWanted: (name: string) => boolean): Promise<WalFiles> {
  const tar = await attemptAsync(`could not open file "${path}"`, () => open(path, 'r'));
  const method = await closeOnFailure(tar, async () => recogniseCompression(readHead(tar, path)));
  if (method === undefined) return await indexed(path, tar, readTar(path), isWanted);
  await tar.close();
  const spool = await attemptAsync('could not create a temporary file for WAL', () =>
    openUnnamedFile('bb-verify-'),
  );
  const keep = (bytes: Buffer) =>
    attemptAsync('could not write a temporary file for WAL', async () => {
      await spool.appendFile(bytes);
    });
  return await indexed(path, spool, decompress(path, method), isWanted, keep);
}

/** The files of a tar of these chunks, which are then read from `file`. */
function indexed(
  path: string,
  file: FileHandle,
  chunks: AsyncIterable<Buffer>,
  isWanted: (name: string) => boolean,
  keep?: (bytes: Buffer) => Promise<void>,
): Promise<WalFiles> {
  return closeOnFailure(file, async () => new WalTar(path, file, await index(path, chunks, isWanted, keep)));
}

async function closeOnFailure<Value>(file: FileHandle, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Files in one that is open. */
class WalTar implements WalFiles {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #stretches: ReadonlyMap<string, Stretch>;

  constructor(path: string, file: FileHandle, stretches: ReadonlyMap<string, Stretch>) {
    this.#path = path;
    this.#file = file;
    this.#stretches = stretches;
  }

  names(): Iterable<string> {
    return this.#stretches.keys();
  }

  open(name: string): WalFile | undefined {
    const stretch = this.#stretches.get(name);
    if (stretch === undefined) return undefined;
    const { begin, size } = stretch;
    const read = (buffer: Buffer, at: number): number => {
      const bytes = Math.min(buffer.length, Math.max(size - at, 0));
      return attempt(`could not read file "${this.#path}"`, () =>
        readSync(this.#file.fd, buffer, 0, bytes, begin + at),
      );
    };
    return { size, read, close: () => {} };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function readHead(file: FileHandle, path: string): Buffer {
  const head = Buffer.alloc(MAX_HEAD_BYTES);
  attempt(`could not read file "${path}"`, () => readSync(file.fd, head, 0, head.length, 0));
  return head;
}

/**
 * Reads a tar to its end. Where its wanted files are: in the tar, or where `keep` puts their bytes one after the other.
 */
async function index(
  path: string,
  chunks: AsyncIterable<Buffer>,
  isWanted: (name: string) => boolean,
  keep?: (bytes: Buffer) => Promise<void>,
): Promise<ReadonlyMap<string, Stretch>> {
  const reader = new TarReader(path);
  const stretches = new Map<string, Stretch>();
  let kept = 0;
  let current: string | undefined;
  for await (const bytes of chunks)
    for (const chunk of reader.push(bytes)) {
      if (chunk.type === 'header') {
        const name = chunk.member.path.replace(PARENT, '');
        current = chunk.member.kind === 'file' && isWanted(name) ? name : undefined;
        const begin = keep === undefined ? reader.offset : kept;
        if (current !== undefined) stretches.set(current, { begin, size: chunk.member.size });
      } else if (chunk.type === 'contents' && current !== undefined && keep !== undefined) {
        await keep(chunk.bytes);
        kept += chunk.bytes.length;
      }
    }
  reader.end();
  return stretches;
}

async function* readTar(path: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* createReadStream(path, { highWaterMark: READ_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno === undefined) throw error;
    throw systemTrouble(`could not read file "${path}"`, error);
  }
}

async function* decompress(path: string, method: Compression): AsyncGenerator<Buffer, void, undefined> {
  const codec = await openDecompressor(method, `archive "${path}"`);
  try {
    for await (const bytes of readTar(path)) yield* codec.push(bytes);
    yield* codec.end();
  } finally {
    codec.close();
  }
}
