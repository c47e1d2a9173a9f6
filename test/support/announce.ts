/**
 * Reports the commands that the helpers run, as a user would type them. The demo prints them.
 */

import { basename } from 'node:path';

let listener: ((commandLine: string) => void) | undefined;

/** Sets the function that gets each command line before it is run. */
export function onCommand(listen: (commandLine: string) => void): void {
  listener = listen;
}

/** Reports a pipeline that is about to be run. Each command is a list of words. */
export function announce(commands: readonly (readonly string[])[]): void {
  listener?.(shellText(commands.map(([program = '', ...args]) => [typedName(program), ...args])));
}

/** The name of a program when it is installed: "bb-stream" for dist/bb-stream.js. */
function typedName(program: string): string {
  return basename(program, '.js');
}

/** A pipeline as a user would type it into a shell. */
export function shellText(commands: readonly (readonly string[])[]): string {
  return commands.map((words) => words.map(quoteIfNeeded).join(' ')).join(' | ');
}

/** One word, quoted for a shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function quoteIfNeeded(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quote(word);
}
