/**
 * A small backup stream taken apart, so that others can be put together from it: with more files, in its archive and in
 * its manifest, and with tablespaces.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { crc32c } from '../../lib/crc/crc32c.ts';
import { formatCrc32c } from '../../lib/manifest/checksum.ts';
import { decode } from '../../lib/stream/decode.ts';
import { encode } from '../../lib/stream/encode.ts';
import type { Frame } from '../../lib/stream/frame.ts';
import { data } from '../support/frames.ts';

/** The bytes of a stream, but for the archive and the manifest, of which there are the contents. */
export interface BackupParts {
  /** Up to the row of the data directory in the list of tablespaces, and from there to the archive. */
  readonly beforeList: Buffer;
  readonly afterList: Buffer;
  /** The beginning of base.tar. */
  readonly archive: Buffer;
  /** Its first member, backup_label, which must come first; and all others, with the end. */
  readonly label: Buffer;
  readonly members: Buffer;
  readonly manifest: string;
  /** After the manifest. */
  readonly end: Buffer;
}

/** A file as the manifest lists it. */
export interface ListedFile {
  readonly path: string;
  readonly bytes: number;
  /** As the manifest has it. */
  readonly crc: string;
}

const MESSAGE_BYTES = 32 * 1024;
/** The label is shorter than a block. */
const LABEL_BYTES = 2 * 512;
const FIRST_ENTRY = '"Files": [\n';

type Section = 'beforeList' | 'afterList' | 'archive' | 'contents' | 'manifest' | 'end';

/** Reads a stream without tablespaces. */
export async function takeApart(path: string): Promise<BackupParts> {
  const sections: Record<Section, Buffer[]> = {
    beforeList: [],
    afterList: [],
    archive: [],
    contents: [],
    manifest: [],
    end: [],
  };
  let section: Section = 'beforeList';
  for await (const frame of decode(createReadStream(path))) {
    section = sectionOf(frame) ?? section;
    // Progress and notices may stand among contents.
    const isWanted = frame.type === 'data' || (section !== 'contents' && section !== 'manifest');
    if (isWanted) sections[section].push(...bytesOf(frame).map((part) => Buffer.from(part)));
    if (frame.type === 'archive') section = 'contents';
  }
  const [contents, manifest] = [Buffer.concat(sections.contents), Buffer.concat(sections.manifest)];
  return {
    beforeList: Buffer.concat(sections.beforeList),
    afterList: Buffer.concat(sections.afterList),
    archive: Buffer.concat(sections.archive),
    label: contents.subarray(0, LABEL_BYTES),
    members: contents.subarray(LABEL_BYTES),
    manifest: manifest.toString(),
    end: Buffer.concat(sections.end),
  };
}

function bytesOf(frame: Frame): readonly Buffer[] {
  return frame.type === 'data' ? frame.parts : encode(frame);
}

function sectionOf({ type }: Frame): Section | undefined {
  if (type === 'tablespace') return 'afterList';
  if (type === 'archive' || type === 'manifest') return type;
  return type === 'copy-done' ? 'end' : undefined;
}

/** The bytes of a frame, to be kept. */
export function wireOf(frame: Frame): Buffer {
  return Buffer.concat(encode(frame));
}

/** Contents in messages, as the server cuts them. */
export function* framed(contents: Buffer): Generator<Buffer> {
  for (let at = 0; at < contents.length; at += MESSAGE_BYTES)
    yield wireOf(data(contents.subarray(at, at + MESSAGE_BYTES)));
}

/** The checksum of a file, for the manifest. */
export function crcOf(contents: Buffer): string {
  return formatCrc32c(crc32c(contents));
}

/** The messages of the manifest with more files in it. Each batch of files is written at a time. */
export function* grownManifest(
  manifest: string,
  batches: Iterable<readonly ListedFile[]>,
): Generator<Buffer> {
  const at = manifest.indexOf(FIRST_ENTRY) + FIRST_ENTRY.length;
  const end = manifest.lastIndexOf('\n', manifest.length - 2) + 1;
  const hash = createHash('sha256');
  function* hashed(text: string): Generator<Buffer> {
    hash.update(text);
    yield* framed(Buffer.from(text));
  }
  yield wireOf({ type: 'manifest' });
  yield* hashed(manifest.slice(0, at));
  for (const files of batches) yield* hashed(files.map(entry).join(''));
  yield* hashed(manifest.slice(at, end));
  yield* framed(Buffer.from(`"Manifest-Checksum": "${hash.digest('hex')}"}\n`));
}

function entry({ path, bytes, crc }: ListedFile): string {
  return `{ "Path": "${path}", "Size": ${bytes}, "Last-Modified": "2026-11-22 16:02:19 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "${crc}" },\n`;
}
