/** The examples in README and manual pages, each a few lines for the shell. */

import { displays, readPage, sectionOf } from './mdoc.ts';
import { PAGES, README } from './tools.ts';

/** One example. */
export interface Example {
  /** Its file and its first line. */
  readonly name: string;
  readonly text: string;
}

/** The examples of a page. */
export function pageExamples(file: string): Example[] {
  return displays(sectionOf(readPage(file), 'EXAMPLES')).map((text) => example(file, text));
}

/** The examples in the README's blocks of commands. An empty line separates examples; comments are left out. */
export function readmeExamples(): Example[] {
  const blocks = Array.from(README.matchAll(/^```sh\n(.*?)^```$/gms), ([, text = '']) => text);
  const texts = blocks.flatMap((text) => text.replaceAll(/^#.*\n/gm, '').split('\n\n'));
  return texts
    .filter((text) => /\bbb(?:-[a-z]+ -| [a-z]+ )/.test(text))
    .map((text) => example('README', text));
}

/** All examples of commands. */
export function allExamples(): Example[] {
  return [...readmeExamples(), ...PAGES.filter((file) => !file.endsWith('.5')).flatMap(pageExamples)];
}

function example(place: string, text: string): Example {
  return { name: `${place}: ${text.split('\n')[0]}`, text };
}
