/** The stages of a pipeline in one process: the words of bb's command line in, those of each stage out. */

const SEPARATOR = '!';

/** What is between the separators; a stage without words is empty. */
export function splitStages(words: readonly string[]): readonly (readonly string[])[] {
  const stages: string[][] = [[]];
  for (const word of words) {
    if (word === SEPARATOR) stages.push([]);
    else stages.at(-1)?.push(word);
  }
  return stages;
}
