/** What bb-split -Fp does: extracts a backup as its options want it, with recovery settings and a choice of databases. */

import type { Frame } from '../backup/frame.ts';
import type { PlainTask } from '../cli/split-task.ts';
import { amendForDatabases } from '../database/amendment.ts';
import { amendForRecovery } from '../recovery/amendment.ts';
import { checkTarget } from '../recovery/check-target.ts';
import { extract, type Summary } from './extract.ts';
import type { SplitContext } from './split.ts';
import { parseTablespaceMapping } from './tablespace-mapping.ts';

/** Extracts the backup, and tells under -v what was left out. Throws what extract() throws, and UsageError. */
export function restore(
  task: PlainTask,
  frames: AsyncIterable<Frame>,
  { messages, signal }: SplitContext,
): Promise<Summary> {
  const { recovery, databases } = task;
  const tell = (oids: readonly number[]) =>
    messages.info(`left databases empty: ${oids.join(', ') || 'none'}`);
  const target = recovery?.kind === 'archive' ? recovery.target : undefined;
  return extract(target === undefined ? frames : checkTarget(frames, target), {
    ...task,
    mappings: task.mappings.map(parseTablespaceMapping),
    amendments: [
      ...(recovery === undefined ? [] : [amendForRecovery(recovery)]),
      ...(databases === undefined ? [] : [amendForDatabases(databases, signal, tell)]),
    ],
    signal,
  });
}
