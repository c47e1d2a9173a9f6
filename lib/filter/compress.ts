/**
 * Compresses archives inside a backup: base.tar becomes base.tar.zst, as when the server compresses it
 * (src/backend/backup/basebackup_zstd.c), and so does pg_wal.tar. The manifest stays as it is, and so does an
 * archive that is compressed already.
 */

import { openCompressor } from '../compress/compressor.ts';
import { COMPRESSION_SUFFIX, type CompressionSettings } from '../compress/method.ts';
import { ZstdThreads } from '../compress/zstd-threads.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import type { Filter } from '../stream/frame.ts';
import { convertArchives } from './convert.ts';

/** Called for each archive. */
export interface CompressionListener {
  /** The archive is compressed already, and is passed on as it is; may throw. */
  compressedAlready(name: string): void;
  /** The archive has ended: its bytes before and after. */
  done(name: string, before: number, after: number): void;
}

/** Compresses the archives of a backup. */
export function compressArchives(settings: CompressionSettings, listener: CompressionListener): Filter {
  const threads = new ZstdThreads();
  return convertArchives(async (name) => {
    if (parseArchiveName(name)?.compression !== undefined) {
      listener.compressedAlready(name);
      return undefined;
    }
    return {
      name: name + COMPRESSION_SUFFIX[settings.method],
      codec: await openCompressor(settings, threads),
      done: (before, after) => listener.done(name, before, after),
    };
  });
}
