/**
 * The demo's backup: one pipe of two real processes, from the running server to a data directory in another
 * place, each tablespace to another place too.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Lsn, parseLsn } from '../../lib/postgres/lsn.ts';
import { pipelineOk } from '../support/pipeline.ts';
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

/** Backs up the source into a folder. */
export async function backUp({ cluster, tablespaces, writer }: Source, folder: string): Promise<Restored> {
  const dataDirectory = join(folder, 'data');
  const moved = { fast: join(folder, 'new-fast'), large: join(folder, 'new-large') };
  mkdirSync(folder, { recursive: true });
  const acknowledgedBefore = writer.acknowledged();
  const { stderrs } = await pipelineOk([
    tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast', '-v']),
    tool('bb-split', [
      ...['-Fp', '-D', dataDirectory],
      ...['-T', `${tablespaces.fast}=${moved.fast}`, '-T', `${tablespaces.large}=${moved.large}`],
    ]),
  ]);
  const said = stderrs.join('');
  process.stdout.write(said.replaceAll(/^/gm, '  ').trimEnd().concat('\n'));
  return { dataDirectory, tablespaces: moved, end: endPosition(said), acknowledgedBefore };
}

function endPosition(said: string): Lsn {
  const end = parseLsn(/end point: ([0-9A-F]+\/[0-9A-F]+)/.exec(said)?.[1] ?? '');
  if (end === undefined) throw new Error('bb-stream -v did not say where the backup ends');
  return end;
}
