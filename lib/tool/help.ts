/** The text of --help, made from the option table in the form of PostgreSQL's programs, with an example at its end. */

import type { Option, OptionTable } from './options.ts';

const HELP_COLUMN = 33;

/** The whole text, with its final newline. */
export function helpText(table: OptionTable): string {
  const usage = table.usage.map((line) => `  ${table.tool} ${line}\n`).join('');
  const groups = table.groups.map((group) => `\n${group.title}:\n${group.options.map(optionLines).join('')}`);
  return `${table.tool} ${table.purpose}\n\nUsage:\n${usage}${groups.join('')}\n${ending(table)}`;
}

function ending({ tool, example }: OptionTable): string {
  return `Example:\n  ${example}\n\nFor the manual, type "man ${tool}"; for recipes, "man 7 bb".\n`;
}

function optionLines(option: Option): string {
  const letter = option.digits === true ? option.value : option.short;
  const short = letter === undefined ? '    ' : `-${letter}, `;
  const head = `  ${short}--${option.name}${valueText(option)}`;
  const [first = '', ...more] = option.help.split('\n');
  const indent = ' '.repeat(HELP_COLUMN);
  const beginning = head.length < HELP_COLUMN ? head.padEnd(HELP_COLUMN) : `${head}\n${indent}`;
  return [beginning + first, ...more.map((line) => indent + line)].map((line) => `${line}\n`).join('');
}

function valueText(option: Option): string {
  if (option.value === undefined) return '';
  return option.valueOptional === true ? `[=${option.value}]` : `=${option.value}`;
}
