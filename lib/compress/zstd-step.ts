/**
 * libzstd's streams (zstd.h, "Streaming compression" and "Streaming decompression"), one call at a time. What is
 * compressed is one frame with a checksum, made by worker threads even if there is only one of them, since then
 * neither their number nor the pieces of the input change what comes out.
 */

import binding from 'zstd-napi/binding.js';
import type { CompressionSettings } from './compressor.ts';
import { CUT_SHORT } from './damage.ts';
import type { ZstdTask } from './zstd-messages.ts';

const { CCtx, CParameter, DCtx, EndDirective, ResetDirective } = binding;

/** As the zstd command and PostgreSQL have it for --long and "long": 128 MiB. */
const LONG_WINDOW_LOG = 27;
const DEFAULT_LEVEL = 3;
/**
 * What a worker compresses at a time. libzstd would take four times the window, and holds several of these for each
 * worker: so it holds half as much, and stops sooner when it must, for 0.3 % in size at most.
 */
const JOB_BYTES = 4 * 1024 * 1024;

/**
 * Up to each level, so many workers, since they hold 10 MB each at the low levels and 100 MB and more at the high ones:
 * with these it is 400 MB at most, or what one worker takes.
 */
const MOST_WORKERS: readonly [number, number][] = [
  [5, 32],
  [9, 16],
  [12, 8],
  [19, 4],
];

/** What a call has done. With `more`, it is to be called again even if all input was consumed. */
export interface StepResult {
  readonly consumed: number;
  readonly produced: number;
  readonly more: boolean;
}

/** Works on the input until it is used up or the output is full. `end` comes with no input, until nothing is left. */
export type Step = (output: Uint8Array, input: Uint8Array, end: boolean) => StepResult;

// One of each for all tasks, of which there is one at a time: they keep their memory, which may be large.
let compressor: InstanceType<typeof CCtx> | undefined;
let decompressor: InstanceType<typeof DCtx> | undefined;

/** Begins with a task; the one before must have ended. Throws what libzstd complains about. */
export function openStep(task: ZstdTask): Step {
  return task.type === 'decompress' ? decompression() : compression(task);
}

function compression({ level = DEFAULT_LEVEL, workers = 1, long = false }: CompressionSettings): Step {
  compressor ??= new CCtx();
  const context = compressor;
  context.reset(ResetDirective.sessionAndParameters);
  context.setParameter(CParameter.compressionLevel, level);
  context.setParameter(CParameter.checksumFlag, 1);
  context.setParameter(CParameter.nbWorkers, Math.min(workers, mostWorkers(level)));
  context.setParameter(CParameter.jobSize, JOB_BYTES);
  if (long) {
    context.setParameter(CParameter.enableLongDistanceMatching, 1);
    context.setParameter(CParameter.windowLog, LONG_WINDOW_LOG);
  }
  return (output, input, end) => {
    const directive = end ? EndDirective.end : EndDirective.continue;
    const [left, produced, consumed] = context.compressStream2(output, input, directive);
    return { produced, consumed, more: end && left > 0 };
  };
}

/** Beyond the level of which they are enough there is one. */
export function mostWorkers(level: number): number {
  return MOST_WORKERS.find(([upTo]) => level <= upTo)?.[1] ?? 1;
}

/** The end is where a frame ends: then libzstd expects nothing more. */
function decompression(): Step {
  decompressor ??= new DCtx();
  const context = decompressor;
  context.reset(ResetDirective.sessionOnly);
  let expected = 1;
  return (output, input, end) => {
    if (end && expected > 0) throw new Error(CUT_SHORT);
    if (end) return { produced: 0, consumed: 0, more: false };
    const [wanted, produced, consumed] = context.decompressStream(output, input);
    if (produced > 0 || consumed > 0) expected = wanted;
    // An output that was filled may not have been all.
    return { produced, consumed, more: produced === output.length };
  };
}
