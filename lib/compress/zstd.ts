/**
 * zstd, by what there is: the system's libzstd, in a thread of its own, or else the one that Node.js has built in, from
 * version 22.15 on. Both take the same parameters, threads among them.
 */

import { TroubleError } from '../errors/trouble.ts';
import { firstSentence } from '../io/native.ts';
import type { Codec } from './codec.ts';
import { damaged } from './damage.ts';
import type { CompressionSettings } from './method.ts';
import { type Explain, ZstdCodec } from './zstd-codec.ts';
import { loadZstdLibrary } from './zstd-library.ts';
import { loadNodeZstd, NodeZstdCompressor, NodeZstdDecompressor } from './zstd-node.ts';
import type { ZstdThreads } from './zstd-threads.ts';

/** A compressor for one zstd file. Throws TroubleError where there is no zstd. */
export function openZstdCompressor(settings: CompressionSettings, threads?: ZstdThreads): Codec {
  // There is not enough memory: that is all that can happen.
  const explain: Explain = (reason) => new TroubleError(`could not compress: ${withSmallLetter(reason)}`);
  const node = insteadOfLibrary();
  if (node !== undefined) return new NodeZstdCompressor(node, settings, explain);
  return new ZstdCodec({ type: 'compress', ...settings }, explain, threads);
}

/** A decompressor for one zstd file, of one or more frames. Throws TroubleError where there is no zstd. */
export function openZstdDecompressor(subject: string, threads?: ZstdThreads): Codec {
  const explain: Explain = (reason, offset) => damaged(subject, offset, withSmallLetter(reason));
  const node = insteadOfLibrary();
  if (node !== undefined) return new NodeZstdDecompressor(node, explain);
  return new ZstdCodec({ type: 'decompress' }, explain, threads);
}

/** What Node.js has, if the library cannot be loaded. */
function insteadOfLibrary(): ReturnType<typeof loadNodeZstd> {
  try {
    loadZstdLibrary();
    return undefined;
  } catch (cause) {
    const node = loadNodeZstd();
    if (node !== undefined) return node;
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
