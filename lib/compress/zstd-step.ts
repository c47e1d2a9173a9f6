/**
 * The streams of the system's libzstd (zstd.h, "Streaming compression" and "Streaming decompression"), one call at a
 * time.
 */

import { CUT_SHORT } from './damage.ts';
import type { CompressionSettings } from './method.ts';
import { type CompressionContext, type DecompressionContext, loadZstdLibrary } from './zstd-library.ts';
import type { ZstdTask } from './zstd-messages.ts';
import { zstdParameters } from './zstd-parameters.ts';

/** What a call has done. With `more`, it is to be called again even if all input was consumed. */
export interface StepResult {
  readonly consumed: number;
  readonly produced: number;
  readonly more: boolean;
}

/** Works on the input until it is used up or the output is full. `end` comes with no input, until nothing is left. */
export type Step = (output: Uint8Array, input: Uint8Array, end: boolean) => StepResult;

/** The tasks of one thread, one at a time. They share one context of each kind, which keeps its memory. */
export class ZstdSteps {
  readonly #library = loadZstdLibrary();
  #compressor: CompressionContext | undefined;
  #decompressor: DecompressionContext | undefined;

  /** Begins with a task; the one before must have ended. Throws what libzstd complains about. */
  open(task: ZstdTask): Step {
    if (task.type === 'decompress') {
      this.#decompressor ??= this.#library.createDecompression();
      return decompression(this.#decompressor);
    }
    this.#compressor ??= this.#library.createCompression();
    return compression(this.#compressor, task);
  }

  /** Frees all memory. There will be no more tasks. */
  free(): void {
    this.#compressor?.free();
    this.#decompressor?.free();
  }
}

/** Begins with a frame of these settings. Throws what libzstd complains about. */
export function compression(context: CompressionContext, settings: CompressionSettings): Step {
  context.reset();
  for (const [parameter, value] of zstdParameters(settings)) context.set(parameter, value);
  return (output, input, end) => {
    const { left, produced, consumed } = context.compress(output, input, end);
    return { produced, consumed, more: end && left > 0 };
  };
}

/** The end must be where a frame ends: then libzstd expects nothing more. */
function decompression(context: DecompressionContext): Step {
  context.reset();
  let expected = 1;
  return (output, input, end) => {
    if (end && expected > 0) throw new Error(CUT_SHORT);
    if (end) return { produced: 0, consumed: 0, more: false };
    const { left, produced, consumed } = context.decompress(output, input);
    if (produced > 0 || consumed > 0) expected = left;
    // An output that was filled may not have been all.
    return { produced, consumed, more: produced === output.length };
  };
}
