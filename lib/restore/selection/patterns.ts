/**
 * Patterns of paths in the data directory, as users write them: "*" and "?" match within one name, "**" across
 * several, "[...]" one character of a set, and "{a,b}" one of some alternatives. What matches a directory holds for
 * all that is below it. Bytes of a name that are not UTF-8 count as U+FFFD, as they do in a pattern.
 */

import picomatch from 'picomatch';
import { nameAsArgument } from '../../io/file-name.ts';

interface Pattern {
  readonly text: string;
  readonly matches: (path: string) => boolean;
  used: boolean;
}

/** Several patterns, of which any may match. */
export class Patterns {
  readonly #patterns: readonly Pattern[];
  /** Whether a directory is covered; many files have the same one. */
  readonly #directories = new Map<string, boolean>();

  constructor(texts: readonly string[]) {
    this.#patterns = texts.map((text) => {
      const matches = picomatch(text.replace(/\/+$/, ''), { dot: true, nonegate: true, noext: true });
      return { text, matches, used: false };
    });
  }

  /** Whether the path, or a directory that it lies in, matches. All are asked, for none to be thought unused. */
  cover(name: string): boolean {
    const path = nameAsArgument(name);
    const slash = path.lastIndexOf('/');
    let covered = slash > 0 && this.#coverDirectory(path.slice(0, slash));
    for (const pattern of this.#patterns) {
      if (!pattern.matches(path)) continue;
      pattern.used = true;
      covered = true;
    }
    return covered;
  }

  /** A pattern that has not matched anything. */
  get unused(): string | undefined {
    return this.#patterns.find(({ used }) => !used)?.text;
  }

  #coverDirectory(path: string): boolean {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const covered = this.cover(path);
    this.#directories.set(path, covered);
    return covered;
  }
}
