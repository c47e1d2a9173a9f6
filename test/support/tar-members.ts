/**
 * Reads the header blocks and contents of a tar, for tests that compare archives byte for byte. It assumes that the
 * archive is good; tar(1) and the tools check that.
 */

import { readFileSync } from 'node:fs';

/** One member; header and contents are the bytes of the archive. */
export interface TarMember {
  readonly path: string;
  readonly header: Buffer;
  readonly contents: Buffer;
}

/** The members of an archive in their order, and the bytes after the last one. */
export interface TarContents {
  readonly members: readonly TarMember[];
  readonly end: Buffer;
}

const BLOCK = 512;
const NAME = [0, 100] as const;
const SIZE = [124, 136] as const;
const TIME = [136, 148] as const;
const CHECKSUM = [148, 156] as const;

/** Reads an archive file, completely into memory. */
export function readTarFile(file: string): TarContents {
  return readTar(readFileSync(file));
}

/** Reads an archive. */
export function readTar(tar: Buffer): TarContents {
  const members: TarMember[] = [];
  let at = 0;
  while (tar[at] !== 0 && at < tar.length) {
    const header = tar.subarray(at, at + BLOCK);
    const size = Number.parseInt(text(header, SIZE), 8);
    const contents = tar.subarray(at + BLOCK, at + BLOCK + size);
    members.push({ path: text(header, NAME), header, contents });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return { members, end: tar.subarray(at) };
}

/** A header without its time, and so without its checksum. */
export function withoutTime(header: Buffer): Buffer {
  const copy = Buffer.from(header);
  for (const [from, to] of [TIME, CHECKSUM]) copy.fill(0, from, to);
  return copy;
}

function text(header: Buffer, [from, to]: readonly [number, number]): string {
  const field = header.subarray(from, to);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}
