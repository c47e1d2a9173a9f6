/**
 * Reads manual pages in mdoc(7), as far as our pages use it: sections, heads of list items, literal displays, and
 * the text of a line of macros. It does not need mandoc.
 */

import { readFileSync } from 'node:fs';

/** The lines of each section, by its title. */
export type Page = ReadonlyMap<string, readonly string[]>;

const CLOSING_PUNCTUATION = /^[,.;:)]$/;

/** Reads a page of man/. */
export function readPage(file: string): Page {
  const page = new Map<string, string[]>();
  let section: string[] = [];
  for (const line of readFileSync(`man/${file}`, 'utf8').split('\n')) {
    const [, title] = /^\.Sh (.+)$/.exec(line) ?? [];
    if (title === undefined) section.push(line);
    else {
      section = [];
      page.set(title, section);
    }
  }
  return page;
}

/** The section. Throws if the page does not have it. */
export function sectionOf(page: Page, title: string): readonly string[] {
  const section = page.get(title);
  if (section === undefined) throw new Error(`the page has no section ${title}`);
  return section;
}

/** The head of each item in the section's lists: `-D DIRECTORY, --pgdata=DIRECTORY`. */
export function itemHeads(section: readonly string[]): string[] {
  return section.filter((line) => line.startsWith('.It ')).map((line) => flatten(line.slice('.It '.length)));
}

/** The synopsis, a line for each form, without the program's name. */
export function synopsis(page: Page): string[] {
  const forms: string[][] = [];
  for (const line of sectionOf(page, 'SYNOPSIS')) {
    if (line === '.Nm') forms.push([]);
    else if (line.startsWith('.')) forms.at(-1)?.push(flatten(line.slice(1)));
  }
  return forms.map((form) => form.join(' '));
}

/** The literal displays of a section. */
export function displays(section: readonly string[]): string[] {
  const text = section.join('\n');
  return Array.from(text.matchAll(/^\.Bd -literal[^\n]*\n(.*?)^\.Ed$/gms), (match) =>
    literal(match[1] ?? ''),
  );
}

/** All arguments of a macro in these lines: the flags of Fl, the variables of Ev. */
export function argumentsOf(macro: string, lines: readonly string[]): string[] {
  const found: string[] = [];
  for (const line of lines.filter((candidate) => candidate.startsWith('.'))) {
    let current = '';
    for (const word of line.slice(1).split(' ')) {
      if (/^[A-Z][a-z]$/.test(word)) current = word;
      else if (current === macro && !CLOSING_PUNCTUATION.test(word)) found.push(literal(word));
    }
  }
  return found;
}

/** The text of a line of macros, given without its leading dot. */
export function flatten(line: string): string {
  let text = '';
  let macro = '';
  /** Whether the next word follows without a space. */
  let glued = true;
  let closing = '';
  for (const word of line.split(' ')) {
    if (word === 'Oc') text += ']';
    else if (word === 'Op' || word === 'Oo') {
      text += glued ? '[' : ' [';
      glued = true;
      macro = word;
      if (word === 'Op') closing += ']';
    } else if (/^[A-Z][a-z]$/.test(word)) {
      glued ||= word === 'Ns';
      macro = word;
    } else {
      const prefix = macro === 'Fl' && !CLOSING_PUNCTUATION.test(word) ? '-' : '';
      text += glued || CLOSING_PUNCTUATION.test(word) ? '' : ' ';
      text += prefix + literal(word);
      glued = false;
    }
  }
  return text + closing;
}

function literal(text: string): string {
  return text.replaceAll('\\&', '').replaceAll('\\e', '\\').replaceAll('\\-', '-');
}
