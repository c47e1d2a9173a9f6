/** Reads command lines in documents, with as much of the shell's grammar as our examples use. */

/** The words of one simple command, without redirections. */
export type Command = readonly string[];

/** A run of one of our tools. */
export interface ToolRun {
  readonly tool: string;
  readonly argv: readonly string[];
  /** The whole command, for messages. */
  readonly line: string;
}

const QUOTED = /'([^']*)'|"([^"]*)"|\\(.)/gs;
const TOKENS =
  /(?<blanks>(?:[ \t]|\\\n)+)|(?<word>(?:'[^']*'|"[^"]*"|\\[^\n]|[^\s|&;<>'"\\])+)|(?<redirection><|>>?)|(?<separator>(?:\|(?!\|)|&&|\n|;)\s*)/gy;

/** The simple commands of a text, in order. Throws for text that it cannot read. */
export function readCommands(text: string): Command[] {
  const commands: string[][] = [[]];
  let isTarget = false;
  let end = 0;
  for (const { 0: token, groups = {} } of text.matchAll(TOKENS)) {
    end += token.length;
    if (groups.separator !== undefined) commands.push([]);
    else if (groups.redirection !== undefined) isTarget = true;
    else if (groups.word !== undefined) {
      if (!isTarget) commands.at(-1)?.push(token.replace(QUOTED, '$1$2$3'));
      isTarget = false;
    }
  }
  if (end !== text.length) throw new Error(`cannot read as commands: ${text.slice(end)}`);
  return commands.filter((command) => command.length > 0);
}

/** The runs of our tools, also on another host (`ssh db1 bb-stream`). */
export function toolRuns(text: string): ToolRun[] {
  return readCommands(text).flatMap((command) => {
    const at = command.findIndex((word) => /^bb(?:-[a-z]+)?$/.test(word));
    return at < 0 ? [] : [{ tool: command[at] ?? '', argv: command.slice(at + 1), line: command.join(' ') }];
  });
}
