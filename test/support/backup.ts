/**
 * The main job as tests do it: bb-stream from a cluster into bb-split, without the waiting that a real backup
 * has to do (a spread checkpoint, fsync). Options given come last, and so win.
 */

import { decode } from '../../lib/stream/decode.ts';
import type { Cluster } from './cluster.ts';
import { type Gathered, gather } from './gather.ts';
import { type PipelineResult, pipelineOk, type Stage } from './pipeline.ts';
import { tool } from './tools.ts';

/** What is asked of the two tools besides. */
export interface BackupOptions {
  readonly stream?: readonly string[];
  readonly split?: readonly string[];
  readonly timeoutMs?: number;
}

/** bb-stream from a cluster, as its superuser. */
export function streamStage(cluster: Cluster, options: readonly string[] = []): Stage {
  return tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast', ...options]);
}

/** bb-split into a directory, in tar format unless the options say otherwise. */
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

/** The frames of a stream that bb-stream has written, and its error if it has one. */
export function readStream(bytes: Buffer): Promise<Gathered> {
  return gather(
    decode(
      (async function* () {
        yield bytes;
      })(),
    ),
  );
}

/** The value of -T, in pg_basebackup's spelling, that moves a tablespace. */
export function mapping(from: string, to: string): string {
  return [from, to].map((path) => path.replaceAll('=', '\\=')).join('=');
}
