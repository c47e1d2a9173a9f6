/**
 * zstd, by what there is: the system's libzstd, or else the one that Node.js has built in, from version 22.15 on. Both
 * take the same parameters, threads among them. What may take long has a thread of its own; fast compression is left to
 * libzstd's own threads.
 */

import { TroubleError } from '../errors/trouble.ts';
import { firstSentence } from '../io/native.ts';
import type { Codec } from './codec.ts';
import { damaged } from './damage.ts';
import type { CompressionSettings } from './method.ts';
import { type Explain, ZstdCodec } from './zstd-codec.ts';
import { loadZstdLibrary, type ZstdLibrary } from './zstd-library.ts';
import { loadNodeZstd, type NodeZstd, NodeZstdCompressor, NodeZstdDecompressor } from './zstd-node.ts';
import { ZstdThreads } from './zstd-threads.ts';
import { isFast, ZstdWorkersCompressor } from './zstd-workers.ts';

/** A compressor for one zstd file. Throws TroubleError where there is no zstd. */
export function openZstdCompressor(settings: CompressionSettings, threads = new ZstdThreads()): Codec {
  // There is not enough memory: that is all that can happen.
  const explain: Explain = (reason) => new TroubleError(`could not compress: ${withSmallLetter(reason)}`);
  const { library, node } = findZstd();
  if (library === undefined) return new NodeZstdCompressor(node, settings, explain);
  if (isFast(settings)) return new ZstdWorkersCompressor(library, settings, explain, threads.contexts);
  return new ZstdCodec({ type: 'compress', ...settings }, explain, threads);
}

/** A decompressor for one zstd file, of one or more frames. Throws TroubleError where there is no zstd. */
export function openZstdDecompressor(subject: string, threads?: ZstdThreads): Codec {
  const explain: Explain = (reason, offset) => damaged(subject, offset, withSmallLetter(reason));
  const { library, node } = findZstd();
  if (library === undefined) return new NodeZstdDecompressor(node, explain);
  return new ZstdCodec({ type: 'decompress' }, explain, threads);
}

/** The library, or what Node.js has if it cannot be loaded. */
function findZstd(): { library: ZstdLibrary; node?: never } | { library?: never; node: NodeZstd } {
  try {
    return { library: loadZstdLibrary() };
  } catch (cause) {
    const node = loadNodeZstd();
    if (node !== undefined) return { node };
    throw new TroubleError('could not load libzstd', {
      detail: firstSentence(cause),
      hint: 'Install libzstd and the package koffi, or use Node.js 22.15 or later; gzip needs nothing.',
      cause,
    });
  }
}

/** libzstd begins its reasons with a capital letter. */
function withSmallLetter(reason: string): string {
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
