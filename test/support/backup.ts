/**
 * A backup as tests take it: bb-stream from a cluster into bb-split, without the waits of a real backup (a spread
 * checkpoint, fsync). The caller's options come last and so take precedence.
 */

import { decode } from '../../lib/stream/decode.ts';
import type { Cluster } from './cluster.ts';
import { type Gathered, gather } from './gather.ts';
import { type PipelineResult, pipelineOk, type Stage } from './pipeline.ts';
import { tool } from './tools.ts';

/** Further options of the two tools. */
export interface BackupOptions {
  readonly stream?: readonly string[];
  readonly split?: readonly string[];
  readonly timeoutMs?: number;
}

/** bb-stream from a cluster, as its superuser. */
export function streamStage(cluster: Cluster, options: readonly string[] = []): Stage {
  return tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast', ...options]);
}

/** bb-split into a directory, in tar format by default. */
export function splitStage(directory: string, options: readonly string[] = []): Stage {
  return tool('bb-split', ['-N', '-D', directory, ...options]);
}

/** Backs a cluster up into a directory; both tools must succeed. */
export function backUp(
  cluster: Cluster,
  directory: string,
  { stream = [], split = [], timeoutMs }: BackupOptions = {},
): Promise<PipelineResult> {
  return pipelineOk(
    [streamStage(cluster, stream), splitStage(directory, split)],
    timeoutMs === undefined ? {} : { timeoutMs },
  );
}

/** The frames of a stream that bb-stream wrote, and the error at its end if there is one. */
export function readStream(bytes: Buffer): Promise<Gathered> {
  return gather(
    decode(
      (async function* () {
        yield bytes;
      })(),
    ),
  );
}

/** The value of -T that moves a tablespace, as pg_basebackup spells it. */
export function mapping(from: string, to: string): string {
  return [from, to].map((path) => path.replaceAll('=', '\\=')).join('=');
}
