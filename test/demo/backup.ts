/**
 * The demo's backup: one pipe of two real processes, from the running server to a data directory in another
 * place, each tablespace to another place too; or a pipe to an object store, and from there to that directory.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Lsn, parseLsn } from '../../lib/postgres/lsn.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { type PipelineResult, pipelineOk } from '../support/pipeline.ts';
import { tool } from '../support/tools.ts';
import type { Source, Tablespaces } from './source.ts';

/** A restored data directory, and what is known of the backup that it came from. */
export interface Restored {
  readonly dataDirectory: string;
  readonly tablespaces: Tablespaces;
  /** The position up to which the backup is complete. */
  readonly end: Lsn;
  /** How many transactions had been acknowledged when the backup began. */
  readonly acknowledgedBefore: number;
}

/** Backs up the source into a folder; on the way, if there is one, into an object store and back. */
export async function backUp(source: Source, folder: string, store?: ObjectStore): Promise<Restored> {
  const { tablespaces, writer } = source;
  const dataDirectory = join(folder, 'data');
  const moved = { fast: join(folder, 'new-fast'), large: join(folder, 'new-large') };
  mkdirSync(folder, { recursive: true });
  const acknowledgedBefore = writer.acknowledged();
  const target = [
    ...['-Fp', '-D', dataDirectory],
    ...['-T', `${tablespaces.fast}=${moved.fast}`, '-T', `${tablespaces.large}=${moved.large}`],
  ];
  const said = await (store === undefined ? direct(source, target) : byStore(source, target, store));
  return { dataDirectory, tablespaces: moved, end: endPosition(said), acknowledgedBefore };
}

async function direct({ cluster }: Source, target: readonly string[]): Promise<string> {
  const stream = tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast', '-v']);
  return tell(await pipelineOk([stream, tool('bb-split', target)]));
}

async function byStore({ cluster }: Source, target: readonly string[], store: ObjectStore): Promise<string> {
  const env = { ...store.env, AWS_ENDPOINT_URL: store.endpoint };
  const place = store.place('db1');
  const said = tell(
    await pipelineOk([
      tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast', '-v']),
      tool('bb-compress', ['-Z', 'zstd']),
      tool('bb-split', ['-D', place], env),
    ]),
  );
  tell(await pipelineOk([tool('bb-verify', ['-q', place], env)]));
  tell(await pipelineOk([tool('bb-split', [...target, place], env)]));
  return said;
}

/** Prints what the programs said, and returns it. */
function tell({ stderrs }: PipelineResult): string {
  const said = stderrs.join('');
  if (said !== '') process.stdout.write(`${said.replaceAll(/^/gm, '  ').trimEnd()}\n`);
  return said;
}

function endPosition(said: string): Lsn {
  const end = parseLsn(/end point: ([0-9A-F]+\/[0-9A-F]+)/.exec(said)?.[1] ?? '');
  if (end === undefined) throw new Error('bb-stream -v did not say where the backup ends');
  return end;
}
