/** What the main thread and the thread that runs libzstd say to each other. Bytes lie in shared memory. */

import type { CompressionSettings } from './method.ts';

/** What is to be done. */
export type ZstdTask =
  | { readonly type: 'decompress' }
  | ({ readonly type: 'compress' } & CompressionSettings);

/** The slots of shared memory that the thread is started with. */
export interface ZstdSlots {
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/**
 * To the thread: a task begins; an input slot is filled; an output slot may be used again; no more input comes; stop,
 * even in the middle of a task.
 */
export type Request =
  | { readonly type: 'begin'; readonly task: ZstdTask }
  | { readonly type: 'input'; readonly slot: number; readonly bytes: number }
  | { readonly type: 'release'; readonly slot: number }
  | { readonly type: 'end' }
  | { readonly type: 'quit' };

/**
 * From it: an input slot was used up; an output slot is filled. The last answer to a task: all output was sent, or the
 * work failed after `offset` bytes of input.
 */
export type Answer =
  | { readonly type: 'taken' }
  | { readonly type: 'output'; readonly slot: number; readonly bytes: number }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly reason: string; readonly offset: number };
