/**
 * Text that may be printed. All that a tool prints is of this type, and there are two ways to make it: a template,
 * whose words are ours and whose values are escaped, and lines, which are escaped one by one. So the compiler makes
 * sure that nothing from outside reaches a terminal unescaped.
 */

import { visible } from './visible.ts';

/** Text that is fit for a terminal. */
export class Text {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** For a tag of templates: values that are Text already stay as they are, all others are escaped. */
  static template(words: readonly string[], values: readonly Printable[]): Text {
    const shown = values.map((value) => (value instanceof Text ? value.#text : visible(String(value))));
    return new Text(words.map((word, index) => word + (shown[index] ?? '')).join(''));
  }

  /** Some texts, one after the other. */
  static joined(texts: readonly Text[]): Text {
    return new Text(texts.map((text) => text.#text).join(''));
  }

  get bytes(): Buffer {
    return Buffer.from(this.#text);
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template. */
type Printable = string | number | bigint | Text;

/** The tag: text`${tool}: could not open file "${name}"\n`. */
export function text(words: TemplateStringsArray, ...values: Printable[]): Text {
  return Text.template(words, values);
}

/** Lines, with a newline after each. */
export function lines(each: readonly string[]): Text {
  return Text.joined(each.map((line) => text`${line}\n`));
}
