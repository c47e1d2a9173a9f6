/** The programs that bb runs, by the words for them. Each is loaded when it is needed: together they take long. */

import type { Tool } from '../stage.ts';

const LOADERS: Readonly<Record<string, () => Promise<Tool>>> = {
  stream: async () => (await import('../stream/stream-tool.ts')).STREAM_TOOL,
  verify: async () => (await import('../verify/verify-tool.ts')).VERIFY_TOOL,
  compress: async () => (await import('../compress/compress-tool.ts')).COMPRESS_TOOL,
  relocate: async () => (await import('../relocate/relocate-tool.ts')).RELOCATE_TOOL,
  split: async () => (await import('../split/split-tool.ts')).SPLIT_TOOL,
  combine: async () => (await import('../combine/combine-tool.ts')).COMBINE_TOOL,
};

/** The words, in the order of a pipeline. */
export const TOOL_WORDS: readonly string[] = Object.keys(LOADERS);

/** The program for a word, which may have its "bb-" too; undefined for any other. */
export function loadTool(word: string): Promise<Tool> | undefined {
  const name = word.replace(/^bb-/, '');
  return Object.hasOwn(LOADERS, name) ? LOADERS[name]?.() : undefined;
}

/** The word that was probably meant; undefined if none is near. */
export function nearestWord(word: string): string | undefined {
  const [nearest] = TOOL_WORDS.map((candidate) => ({ candidate, steps: distance(word, candidate) }))
    .filter(({ steps, candidate }) => steps <= candidate.length / 3)
    .sort((one, other) => one.steps - other.steps);
  return nearest?.candidate;
}

/** How many letters must be inserted, left out or changed (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
