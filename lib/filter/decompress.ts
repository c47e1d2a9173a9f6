/**
 * Decompresses archives inside a backup, by whichever program they were compressed. The name says with which method
 * (base.tar.zst), and the contents must be of that method to their end.
 */

import { openDecompressor } from '../compress/decompressor.ts';
import { COMPRESSION_SUFFIX } from '../compress/method.ts';
import { ZstdThreads } from '../compress/zstd-threads.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import type { Filter } from '../stream/frame.ts';
import { convertArchives } from './convert.ts';

/** Called when an archive has ended, with its bytes before and after. */
export type DecompressionListener = (name: string, before: number, after: number) => void;

/** Decompresses archives, and drops the suffix from their names. Throws BackupError for one that is damaged. */
export function decompressArchives(done: DecompressionListener = () => {}): Filter {
  const threads = new ZstdThreads();
  return convertArchives(async (name) => {
    const { compression } = parseArchiveName(name) ?? {};
    if (compression === undefined) return undefined;
    return {
      name: name.slice(0, -COMPRESSION_SUFFIX[compression].length),
      codec: await openDecompressor(compression, `archive "${name}"`, threads),
      done: (before, after) => done(name, before, after),
    };
  });
}
