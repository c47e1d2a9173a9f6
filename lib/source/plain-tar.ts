/**
 * A backup that comes as one plain tar, as from `pg_basebackup -Ft -D -`: bytes in, frames out. The tar is the
 * base archive and passes untouched, except that pg_basebackup puts the manifest into it as its last member
 * (bbstreamer_inject_file() in src/bin/pg_basebackup/bbstreamer_inject.c): it is taken out, the archive ends
 * before it, and the backup is the same as one with a manifest of its own.
 *
 * Such a backup says neither where it starts nor which tablespaces it has: the frames are those of one archive
 * and of the manifest, and the end.
 */

import { BASE_ARCHIVE, MANIFEST } from '../stream/archive-name.ts';
import type { DataFrame, Frame } from '../stream/frame.ts';
import { Adjacent } from '../tar/adjacent.ts';
import { malformedTar } from '../tar/malformed-tar.ts';
import { ARCHIVE_END, type TarChunk, TarReader } from '../tar/reader.ts';
import { quoted } from '../terminal/visible.ts';
import type { SeePiece } from './base-tar.ts';

const MANIFESTS = [MANIFEST, `./${MANIFEST}`];

/** Reads a tar to its last byte. Throws BackupError if it is cut short, malformed or not from PostgreSQL. */
export async function* readTar(
  chunks: AsyncIterable<Buffer>,
  see: SeePiece = () => {},
): AsyncGenerator<Frame, void, undefined> {
  const reader = new TarReader(BASE_ARCHIVE);
  let inManifest = false;
  yield { type: 'archive', name: BASE_ARCHIVE, location: '', resumed: false };
  for await (const chunk of chunks) {
    const run = new Adjacent();
    for (const piece of reader.push(chunk)) {
      see(piece);
      if (inManifest) {
        insistOnLast(reader, piece);
        if (piece.type === 'contents') yield data([piece.bytes]);
      } else if (isManifest(piece)) {
        yield data([...run.take(), ARCHIVE_END]);
        yield { type: 'archive-end', name: BASE_ARCHIVE };
        yield { type: 'manifest' };
        inManifest = true;
      } else run.add(piece.bytes);
    }
    const rest = run.take();
    if (rest.length > 0) yield data(rest);
  }
  reader.end();
  yield inManifest ? { type: 'manifest-end' } : { type: 'archive-end', name: BASE_ARCHIVE };
  yield { type: 'end' };
}

function isManifest(piece: TarChunk): boolean {
  if (piece.type !== 'header') return false;
  return piece.member.kind === 'file' && MANIFESTS.includes(piece.member.path);
}

/** The archive's end has been sent by now, so no other member can follow. */
function insistOnLast(reader: TarReader, piece: TarChunk): void {
  if (piece.type !== 'header') return;
  const place = { archive: reader.archive, offset: reader.offset - piece.bytes.length };
  const name = quoted(piece.member.path);
  throw malformedTar(place, `member ${name} after the backup manifest, which must be the last`);
}

function data(parts: readonly Buffer[]): DataFrame {
  return { type: 'data', parts, bytes: parts.reduce((sum, part) => sum + part.length, 0) };
}
