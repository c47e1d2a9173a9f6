/**
 * Records a backup stream of a real server in a file, with the offsets of its messages.
 */

import { readFileSync } from 'node:fs';
import type { Cluster } from '../../support/cluster.ts';
import { pipelineOk } from '../../support/pipeline.ts';
import { tool } from '../../support/tools.ts';

/** One message: its type, for CopyData with the kind ("dn" begins an archive), and the offsets of its start and end. */
export interface Place {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** A recorded stream. */
export interface Recording {
  readonly file: string;
  readonly bytes: Buffer;
  readonly places: readonly Place[];
}

const LENGTH_AT = 1;
const PAYLOAD_AT = 5;

/** How the backup gets its WAL: in base.tar, or streamed into its own archive. */
export type WalMethod = 'fetch' | 'stream';

/** Takes a backup into a file. */
export async function record(cluster: Cluster, file: string, wal: WalMethod = 'fetch'): Promise<Recording> {
  const options = [...cluster.connectionOptions, '-c', 'fast', '-X', wal];
  await pipelineOk([tool('bb-stream', options)], { stdoutFile: file });
  const bytes = readFileSync(file);
  return { file, bytes, places: [...places(bytes)] };
}

/** The messages of a stream, the last of which may be cut. */
export function* places(stream: Buffer): Generator<Place, void, undefined> {
  for (let start = 0, end = 0; start < stream.length; start = end) {
    const letter = stream.toString('latin1', start, start + 1);
    const kind = letter === 'd' ? stream.toString('latin1', start + PAYLOAD_AT, start + PAYLOAD_AT + 1) : '';
    end = start + 1 + stream.readInt32BE(start + LENGTH_AT);
    yield { type: letter + kind, start, end };
  }
}
