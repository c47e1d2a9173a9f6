/** A whole manifest in memory: read from pieces, or from a file. */

import { closeSync, openSync, readSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { FileTable } from '../../manifest/file-table.ts';
import { newerManifest } from '../../manifest/malformed-manifest.ts';
import { ManifestParser } from '../../manifest/parse.ts';
import type { ManifestFile, ManifestListener, WalRange } from '../../manifest/values.ts';
import type { NewerVersionError } from '../../postgres/newer.ts';
import { NEWEST_MANIFEST } from '../../postgres/versions.ts';
import { noteError, type Verification } from '../shared/verification.ts';

const PIECE_BYTES = 128 * 1024;

/** What a manifest says. */
export class Manifest implements ManifestListener {
  readonly files = new FileTable();
  readonly ranges: WalRange[] = [];
  /** Undefined in manifests of version 1. */
  identifier: bigint | undefined;
  #version = 1;

  version(version: number): void {
    this.#version = version;
  }

  /** Why the manifest, although it could be read, may say more than is known here. */
  get newerVersion(): NewerVersionError | undefined {
    return this.#version > NEWEST_MANIFEST ? newerManifest(this.#version) : undefined;
  }

  systemIdentifier(identifier: bigint): void {
    this.identifier = identifier;
  }

  file(file: ManifestFile): void {
    this.files.add(file);
  }

  walRange(range: WalRange): void {
    this.ranges.push(range);
  }
}

/** The manifest in the file; undefined, and a finding, if it is damaged. Throws TroubleError if it cannot be read. */
export function findManifest(path: string, verification: Verification): Manifest | undefined {
  try {
    return readManifestFile(path);
  } catch (error) {
    noteError('manifest', 'manifest', error, verification);
    return undefined;
  }
}

/** The same for a manifest that comes in pieces. */
export async function gatherManifest(
  pieces: AsyncIterable<Buffer>,
  verification: Verification,
): Promise<Manifest | undefined> {
  const manifest = new Manifest();
  const parser = new ManifestParser(manifest);
  try {
    for await (const piece of pieces) parser.push(piece);
    parser.end();
    return manifest;
  } catch (error) {
    noteError('manifest', 'manifest', error, verification);
    return undefined;
  }
}

/** Reads the file. Throws BackupError for a manifest that is damaged, TroubleError if it cannot be read. */
export function readManifestFile(path: string): Manifest {
  const manifest = new Manifest();
  const parser = new ManifestParser(manifest);
  const piece = Buffer.alloc(PIECE_BYTES);
  const fd = attempt(`could not open file "${path}"`, () => openSync(path, 'r'));
  try {
    const read = () => attempt(`could not read file "${path}"`, () => readSync(fd, piece));
    for (let bytes = read(); bytes > 0; bytes = read()) parser.push(piece.subarray(0, bytes));
  } finally {
    closeSync(fd);
  }
  parser.end();
  return manifest;
}
