/** The backups that bb-combine is given: places in, the backups in their order out. */

import { ChainCheck, newestFirst } from '../../combine/chain.ts';
import { type Input, inspect } from '../../combine/input.ts';
import { BackupError } from '../../errors/backup-error.ts';
import type { BackupLabel } from '../../postgres/backup-label.ts';

/** The backups of a chain. */
export interface Chain {
  readonly newest: Input;
  /** All, the newest first. */
  readonly inputs: readonly Input[];
  /** How much there is to read. */
  readonly bytes: number;
}

/**
 * Finds the chain. If all labels are known, they must make one; if not, it is seen later. Throws BackupError for backups
 * that do not, or if the newest has no manifest.
 */
export async function findChain(places: readonly string[], signal: AbortSignal): Promise<Chain> {
  const found: Input[] = [];
  for (const place of places) found.push(await inspect(place, signal));
  const inputs = newestFirst(found);
  const labelled = inputs.filter(
    (input): input is Input & { label: BackupLabel } => input.label !== undefined,
  );
  const check = new ChainCheck(inputs.length);
  if (labelled.length === inputs.length) for (const { place, label } of labelled) check.add(place, label);
  const [newest] = inputs;
  if (newest?.withoutManifest !== false)
    throw new BackupError(`backup at "${newest?.place}" has no manifest`, {
      detail: 'The manifest of the result is made from that of the newest backup.',
    });
  return { newest, inputs, bytes: inputs.reduce((sum, { bytes }) => sum + bytes, 0) };
}
