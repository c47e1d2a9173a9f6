/**
 * Options by table: one declaration a tool drives parsing, --help, and the tests of the manual page.
 *
 * Accepted are `--opt=val`, `--opt val`, `-o val`, `-oval`, bundled flags, `-9`, and `--`. minimist does the
 * parsing; since it would take `-Ddir` for five flags, `--no-sync` for `sync=false` and `007` for 7, arguments
 * are first brought into the one form that it reads in one way only: `--name=value`.
 */

import minimist from 'minimist';
import { UsageError } from '../errors/trouble.ts';
import type { Habits } from './habits.ts';

/** One option of a tool. */
export interface Option {
  /** Long name, without its dashes. */
  readonly name: string;
  readonly short?: string;
  /** What --help calls the value; a flag has none. */
  readonly value?: string;
  /** The value may be left out; `-o value` and `--name value` are taken too, but only with what `value` says. */
  readonly valueOptional?: boolean;
  /** What the flag is short for, `--name=value` of another option: of the two, the one given last wins. */
  readonly means?: string;
  /** The option that this is another name of. */
  readonly sameAs?: string;
  /** The value, a number, may come directly after a dash: `-9`. */
  readonly digits?: boolean;
  /** What it does, for --help; several lines are separated by newlines. */
  readonly help: string;
}

/** What a tool is called and takes. */
export interface OptionTable {
  readonly tool: string;
  /** One sentence for the top of --help. */
  readonly purpose: string;
  /** Usage lines, without the tool's name. */
  readonly usage: readonly string[];
  /** A command line that its manual page has, too. */
  readonly example: string;
  readonly groups: readonly { readonly title: string; readonly options: readonly Option[] }[];
  /** How many arguments that are no options are taken. */
  readonly maxOperands: number;
  /** What to say about options of other programs that this one does not have. */
  readonly habits?: Habits;
}

/** What was given on the command line. */
export class Arguments {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];

  constructor(values: ReadonlyMap<string, readonly string[]>, operands: readonly string[]) {
    this.#values = values;
    this.operands = operands;
  }

  /** Whether the option was given at all. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The option's last value; empty for an optional value that was left out. */
  value(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** The same without this option. */
  without(name: string): Arguments {
    return new Arguments(new Map([...this.#values].filter(([other]) => other !== name)), this.operands);
  }

  /** All values of an option that may be repeated. */
  values(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/** Reads the command line (without program names). Throws UsageError for what the table does not know. */
export function parseArguments(table: OptionTable, argv: readonly string[]): Arguments {
  const options = table.groups.flatMap((group) => group.options);
  const { canonical, operands } = canonicalise({ options, habits: table.habits }, argv);
  const names = options.map((option) => option.name);
  const parsed = minimist(canonical, { string: [...names, '_'] });
  if (operands.length > table.maxOperands) {
    throw new UsageError(`too many command-line arguments (first is "${operands[table.maxOperands]}")`);
  }
  const values = new Map<string, readonly string[]>();
  for (const name of names) {
    const given: string | string[] | undefined = parsed[name];
    if (given !== undefined) values.set(name, Array.isArray(given) ? given : [given]);
  }
  return new Arguments(values, operands);
}

interface Canonical {
  readonly canonical: string[];
  readonly operands: string[];
}

/** What may be given. */
interface Known {
  readonly options: readonly Option[];
  readonly habits: Habits | undefined;
}

function canonicalise(known: Known, argv: readonly string[]): Canonical {
  const result: Canonical = { canonical: [], operands: [] };
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') {
      result.operands.push(...rest);
      break;
    }
    if (argument.startsWith('--')) result.canonical.push(longOption(known, argument, rest));
    else if (argument.startsWith('-') && argument !== '-')
      result.canonical.push(...shortOptions(known, argument, rest));
    else result.operands.push(argument);
  }
  return result;
}

/** `--name`, `--name=value`, or `--name` and the next argument as its value, which is taken from `rest`. */
function longOption(known: Known, argument: string, rest: string[]): string {
  const [, name = '', , value] = /^--([^=]*)(=(.*))?$/s.exec(argument) ?? [];
  const option = known.options.find((candidate) => candidate.name === name);
  if (option === undefined) throw unrecognized(known, `--${name}`);
  if (option.value === undefined && value !== undefined) {
    throw new UsageError(`option "--${name}" does not take a value`);
  }
  return canonicalOption(option, value ?? missingValue(option, `--${name}`, rest));
}

/** A bundle of flags, of which the last may take the rest of the bundle or the next argument as its value. */
function shortOptions(known: Known, argument: string, rest: string[]): string[] {
  const found: string[] = [];
  for (let at = 1; at < argument.length; at++) {
    const letter = argument[at] ?? '';
    const number = numberOption(known, argument.slice(at));
    if (number !== undefined) return [...found, canonicalOption(number, argument.slice(at))];
    const option = known.options.find((candidate) => candidate.short === letter);
    if (option === undefined) throw unrecognized(known, `-${letter}`);
    const attached = argument.slice(at + 1);
    if (attached !== '' && (takesValue(option) || isOptionalValue(option, attached)))
      return [...found, canonicalOption(option, attached)];
    found.push(canonicalOption(option, missingValue(option, `-${letter}`, rest)));
  }
  return found;
}

function numberOption({ options }: Known, text: string): Option | undefined {
  return /^[0-9]+$/.test(text) ? options.find(({ digits = false }) => digits) : undefined;
}

function unrecognized({ habits = {} }: Known, asGiven: string): UsageError {
  const hint = Object.hasOwn(habits, asGiven) ? habits[asGiven] : undefined;
  return new UsageError(`unrecognized option "${asGiven}"`, hint === undefined ? {} : { hint });
}

function canonicalOption({ name, means, sameAs = name }: Option, value: string): string {
  return means ?? `--${sameAs}=${value}`;
}

/** The value of an option without an attached one: the next argument, or nothing for a flag. */
function missingValue(option: Option, asGiven: string, rest: string[]): string {
  if (isOptionalValue(option, rest[0])) return rest.shift() ?? '';
  if (!takesValue(option)) return '';
  const value = rest.shift();
  if (value === undefined) throw new UsageError(`option "${asGiven}" requires a value`);
  return value;
}

/** Whether a word can only be meant as the value that may be left out: "json" after -P. */
function isOptionalValue({ value, valueOptional = false }: Option, word: string | undefined): boolean {
  return valueOptional && word === value;
}

function takesValue(option: Option): boolean {
  return option.value !== undefined && option.valueOptional !== true;
}
