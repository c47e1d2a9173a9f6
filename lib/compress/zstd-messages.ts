/** What the main thread and the thread that runs libzstd say to each other. Bytes lie in shared memory. */

import type { CompressionSettings } from './compressor.ts';

/** What the thread is to do. */
export type ZstdTask =
  | { readonly type: 'decompress' }
  | ({ readonly type: 'compress' } & CompressionSettings);

/** What the thread is started with. */
export interface ThreadData {
  readonly task: ZstdTask;
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** To the thread: here is input; this output may be used again; there is no more input. */
export type Request =
  | { readonly type: 'input'; readonly slot: number; readonly bytes: number }
  | { readonly type: 'release'; readonly slot: number }
  | { readonly type: 'end' };

/** From it: an input was used up; here is output; all output was sent; the work failed at so many bytes of input. */
export type Answer =
  | { readonly type: 'taken' }
  | { readonly type: 'output'; readonly slot: number; readonly bytes: number }
  | { readonly type: 'ended' }
  | { readonly type: 'failure'; readonly reason: string; readonly offset: number };
