/**
 * Decompresses archives inside a backup, whoever compressed them: the name tells how (base.tar.zst), and what
 * comes must be of that kind, to its end.
 */

import { openDecompressor } from '../compress/decompressor.ts';
import { COMPRESSION_SUFFIX, type Compression } from '../compress/method.ts';
import { ZstdThreads } from '../compress/zstd-threads.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import type { Frame } from '../stream/frame.ts';
import { type Conversion, convertArchives, type Step } from './convert.ts';

/** Is told of an archive that has ended: its bytes before and after. */
export type DecompressionListener = (name: string, before: number, after: number) => void;

/**
 * Forwards a backup with its archives decompressed, and named so. Throws BackupError for one that is damaged or cut
 * short.
 */
export async function* decompressArchives(
  frames: AsyncIterable<Frame>,
  done: DecompressionListener = () => {},
): AsyncGenerator<Frame, void, undefined> {
  const plan = planFor((name, method) => ({
    name: name.slice(0, -COMPRESSION_SUFFIX[method].length),
    done: (before, after) => done(name, before, after),
  }));
  for await (const { made } of convertArchives(frames, plan)) if (made !== undefined) yield made;
}

/** What is in a backup, with the archives decompressed but named as they are, beside the backup as it comes. */
export function lookInside(frames: AsyncIterable<Frame>): AsyncGenerator<Step, void, undefined> {
  return convertArchives(
    frames,
    planFor((name) => ({ name })),
  );
}

function planFor(describe: (name: string, method: Compression) => Omit<Conversion, 'codec'>) {
  const threads = new ZstdThreads();
  return async (name: string): Promise<Conversion | undefined> => {
    const { compression } = parseArchiveName(name) ?? {};
    if (compression === undefined) return undefined;
    return {
      ...describe(name, compression),
      codec: await openDecompressor(compression, `archive "${name}"`, threads),
    };
  };
}
