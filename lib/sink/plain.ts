/** What bb-split -Fp does: extracts a backup as its options want it, with recovery settings and a choice of databases. */

import type { Frame } from '../backup/frame.ts';
import type { PlainTask } from '../cli/split-task.ts';
import { amendForDatabases } from '../database/amendment.ts';
import { Ownership } from '../owner/amendment.ts';
import { amendForRecovery } from '../recovery/amendment.ts';
import { checkTarget } from '../recovery/check-target.ts';
import { Selection } from '../selection/amendment.ts';
import { extract, type Summary } from './extract.ts';
import type { SplitContext } from './split.ts';
import { parseTablespaceMapping } from './tablespace-mapping.ts';

/** What was restored. */
export interface Restored extends Summary {
  /** Whether a server can be started from it. */
  readonly startable: boolean;
  /** Whose it is now, if not of whoever has made it. */
  readonly user: string | undefined;
}

/** Extracts the backup, and tells what was left out. Throws what extract() throws, and UsageError. */
export async function restore(
  task: PlainTask,
  frames: AsyncIterable<Frame>,
  { messages, signal }: SplitContext,
): Promise<Restored> {
  const { recovery, databases, only, exclude } = task;
  const tell = (oids: readonly number[]) =>
    messages.info(`left databases empty: ${oids.join(', ') || 'none'}`);
  const target = recovery?.kind === 'archive' ? recovery.target : undefined;
  const selection = only.length + exclude.length > 0 ? new Selection({ only, exclude }) : undefined;
  const ownership = new Ownership(task.owner);
  const summary = await extract(target === undefined ? frames : checkTarget(frames, target), {
    ...task,
    mappings: task.mappings.map(parseTablespaceMapping),
    contained: only.length > 0,
    amendments: [
      ...(recovery === undefined ? [] : [amendForRecovery(recovery)]),
      ...(databases === undefined ? [] : [amendForDatabases(databases, signal, tell)]),
      ...(selection === undefined ? [] : [selection]),
      ownership, // behind those that make files
    ],
    signal,
    warn: (complaint) => messages.warning(complaint),
    tell: (text) => messages.done(text),
  });
  const startable = selection?.startable ?? true;
  if (!startable) {
    messages.warning('no server can be started from what was extracted', {
      detail: `${selection?.leftOut} of ${selection?.files} files were left out.`,
    });
  }
  return { ...summary, startable, user: ownership.user };
}
