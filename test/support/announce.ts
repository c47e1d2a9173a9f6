/**
 * Lets somebody see the commands that the helpers run, as one would type them: the demo prints them.
 */

import { basename } from 'node:path';

let listener: ((commandLine: string) => void) | undefined;

/** Names the function that is told each command line before it is run. */
export function onCommand(listen: (commandLine: string) => void): void {
  listener = listen;
}

/** Tells of a pipeline that is about to be run, each command a list of words. */
export function announce(commands: readonly (readonly string[])[]): void {
  listener?.(shellText(commands.map(([program = '', ...args]) => [typedName(program), ...args])));
}

/** What a program is called where it is installed, and on the path: "bb-stream" for dist/bb-stream.js. */
function typedName(program: string): string {
  return basename(program, '.js');
}

/** A pipeline as one would type it into a shell. */
export function shellText(commands: readonly (readonly string[])[]): string {
  return commands.map((words) => words.map(quoteIfNeeded).join(' ')).join(' | ');
}

/** One word, quoted so that a shell leaves it as it is. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function quoteIfNeeded(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quote(word);
}
