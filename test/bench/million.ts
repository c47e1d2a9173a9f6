/**
 * A backup stream of a million files: a real one with empty files put in, in its base.tar and in its manifest. What is
 * measured with it is memory.
 */

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decode } from '../../lib/stream/decode.ts';
import { encode } from '../../lib/stream/encode.ts';
import type { Frame } from '../../lib/stream/frame.ts';
import { fileHeader } from '../../lib/tar/writer.ts';
import { data } from '../support/frames.ts';

const FILES = 1_000_000;
const AT_A_TIME = 1000;
const FIRST_ENTRY = '"Files": [\n';

/** Writes the stream with a million files more than another one has. */
export async function writeMillion(from: string, to: string): Promise<void> {
  await pipeline(Readable.from(wires(from)), createWriteStream(to));
}

async function* wires(from: string): AsyncGenerator<Buffer> {
  let manifest: Buffer[] | undefined;
  for await (const frame of decode(createReadStream(from))) {
    if (manifest !== undefined && frame.type === 'data') {
      manifest.push(...frame.parts.map((part) => Buffer.from(part)));
      continue;
    }
    if (manifest !== undefined)
      for (const piece of grown(Buffer.concat(manifest))) yield* bytesOf(data(piece));
    manifest = frame.type === 'manifest' ? [] : undefined;
    yield* bytesOf(frame);
    if (frame.type === 'archive' && frame.name === 'base.tar') yield* headers();
  }
}

/** The bytes of a frame, to be kept. */
function* bytesOf(frame: Frame): Generator<Buffer> {
  for (const piece of encode(frame)) yield Buffer.from(piece);
}

function* headers(): Generator<Buffer> {
  const date = new Date();
  for (const paths of batches()) {
    yield* bytesOf(data(Buffer.concat(paths.map((path) => fileHeader(path, 0, date)))));
  }
}

function* grown(manifest: Buffer): Generator<Buffer> {
  const at = manifest.indexOf(FIRST_ENTRY) + FIRST_ENTRY.length;
  const end = manifest.lastIndexOf('\n', manifest.length - 2) + 1;
  const hash = createHash('sha256');
  const entry = (path: string) =>
    `{ "Path": "${path}", "Size": 0, "Last-Modified": "2026-11-22 16:02:19 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "00000000" },\n`;
  const body = [
    manifest.subarray(0, at),
    ...Array.from(batches(), (paths) => Buffer.from(paths.map(entry).join(''))),
    manifest.subarray(at, end),
  ];
  for (const piece of body) hash.update(piece);
  yield* body;
  yield Buffer.from(`"Manifest-Checksum": "${hash.digest('hex')}"}\n`);
}

/** Paths as a database of many tables has them. */
function* batches(): Generator<string[]> {
  for (let first = 0; first < FILES; first += AT_A_TIME)
    yield Array.from({ length: AT_A_TIME }, (_, index) => `base/5/${10_000_000 + first + index}`);
}
