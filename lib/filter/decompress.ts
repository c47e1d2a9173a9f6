/**
 * Decompresses archives inside a backup, whoever compressed them: the name tells how (base.tar.zst), and what
 * comes must be of that kind, to its end.
 */

import { openDecompressor } from '../compress/decompressor.ts';
import { COMPRESSION_SUFFIX } from '../compress/method.ts';
import { ZstdThreads } from '../compress/zstd-threads.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import type { Filter } from '../stream/frame.ts';
import { convertArchives } from './convert.ts';

/** Is told of an archive that has ended: its bytes before and after. */
export type DecompressionListener = (name: string, before: number, after: number) => void;

/** Decompresses the archives of a backup, and names them so. Throws BackupError for one that is damaged or cut short. */
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
