/**
 * What a tool is as one stage of a pipeline inside a process: frames go from stage to stage in memory, where between
 * processes they would be written to a pipe and read again.
 */

import type { Filter, Frame } from '../stream/frame.ts';
import type { Invocation } from './main.ts';
import type { Arguments, OptionTable } from './options.ts';

/** Where frames come from, what becomes of them, or where they end. */
export type Stage =
  | { readonly kind: 'source'; readonly open: () => Promise<AsyncIterable<Frame>> }
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'sink'; readonly consume: (frames: AsyncIterable<Frame>) => Promise<void> };

/** What a stage is started with. */
export interface StageInvocation extends Invocation {
  /** Whether nothing comes after it, so that it writes to standard output what it has to write. */
  readonly isLast: boolean;
}

/** One of the programs. */
export interface Tool {
  readonly table: OptionTable;
  /** Does what the program does by itself. */
  run(invocation: Invocation): Promise<void>;
  /** The program as a stage. Throws UsageError for options and operands with which it is none. */
  stage(invocation: StageInvocation): Stage;
  /** What it reads if it is the first stage and no source; undefined for standard input. */
  operand(args: Arguments): string | undefined;
}
