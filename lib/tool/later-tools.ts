/**
 * Which tool of a pipeline draws: the last of those that were asked to, since it counts what has passed all others.
 * Every tool finds out for itself, in /proc: if the reader of its standard output, or a later one in the pipeline, was
 * started with -P on the same terminal, that one draws instead.
 */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { COMPRESS_OPTIONS } from './compress/compress-options.ts';
import { type OptionTable, parseArguments } from './options.ts';
import { RELOCATE_OPTIONS } from './relocate/relocate-options.ts';
import { splitStages } from './runner/stages.ts';
import { SPLIT_OPTIONS } from './split/split-options.ts';
import { STREAM_OPTIONS } from './stream/stream-options.ts';
import { VERIFY_OPTIONS } from './verify/verify-options.ts';

const TABLES = [STREAM_OPTIONS, SPLIT_OPTIONS, COMPRESS_OPTIONS, RELOCATE_OPTIONS, VERIFY_OPTIONS];
const RUNNER = 'bb';

/** Whether a later tool draws; undefined if that is not known, as without /proc or with sudo in the pipeline. */
export function drawsLater(): boolean | undefined {
  const terminal = target('self', 2);
  const seen = new Set<string>();
  const pipes = [target('self', 1)].filter(isPipe);
  for (const pipe of pipes) {
    const readers = processes().filter((pid) => target(pid, 0) === pipe);
    if (readers.length === 0) return undefined;
    if (readers.some((pid) => target(pid, 2) === terminal && isAskedToDraw(pid))) return true;
    seen.add(pipe);
    const next = readers.map((pid) => target(pid, 1)).filter(isPipe);
    pipes.push(...new Set(next.filter((other) => !seen.has(other))));
  }
  return terminal === undefined ? undefined : false;
}

function isPipe(name: string | undefined): name is string {
  return name?.startsWith('pipe:') === true;
}

/** What a descriptor of a process refers to: "pipe:[12345]", "/dev/pts/3". */
function target(pid: string, fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return undefined; // gone, or another user's
  }
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid);
  } catch {
    return [];
  }
}

/** Whether its command line is that of one of these tools, or of bb with one of them as a stage, and has -P. */
function isAskedToDraw(pid: string): boolean {
  return programsOf(commandLine(pid)).some(asksForBar);
}

/** The names of our programs that a process runs, each with its arguments. */
function programsOf(words: readonly string[]): readonly (readonly string[])[] {
  const at = words.findIndex((word) => programName(word) === RUNNER || tableOf(word) !== undefined);
  if (at < 0) return [];
  if (programName(words[at] ?? '') !== RUNNER) return [words.slice(at)];
  return splitStages(words.slice(at + 1)).map(([word = '', ...argv]) => [`${RUNNER}-${word}`, ...argv]);
}

function asksForBar([program = '', ...argv]: readonly string[]): boolean {
  const table = tableOf(program);
  try {
    return table !== undefined && parseArguments(table, argv).value('progress') === '';
  } catch {
    return false; // It will complain, and end.
  }
}

/** "/usr/bin/bb-split" or "dist/bb-split.js". */
function programName(word: string): string {
  return basename(word).replace(/\.[jt]s$/, '');
}

function tableOf(word: string): OptionTable | undefined {
  return TABLES.find(({ tool }) => tool === programName(word));
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
