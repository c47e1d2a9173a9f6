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
}

/** Several patterns, of which any may match. */
export class Patterns {
  readonly #patterns: readonly Pattern[];
  /** Those that have matched nothing that was seen. */
  readonly #unused: Set<Pattern>;
  /** Whether a directory is covered; many files have the same one. */
  readonly #directories = new Map<string, boolean>();

  /** The patterns are relative to the data directory. */
  constructor(texts: readonly string[]) {
    this.#patterns = texts.map((text) => {
      const matches = picomatch(text.replace(/\/+$/, ''), { dot: true, nonegate: true, noext: true });
      return { text, matches };
    });
    this.#unused = new Set(this.#patterns);
  }

  /** Whether the path, or a directory that it lies in, matches. */
  cover(name: string): boolean {
    return this.#cover(nameAsArgument(name));
  }

  /** There is something of this path: the patterns that cover it are of use. */
  see(name: string): void {
    if (this.#unused.size === 0) return;
    const path = nameAsArgument(name);
    for (const pattern of this.#unused) {
      const covers = [path, ...directoriesOf(path)].some((covered) => pattern.matches(covered));
      if (covers) this.#unused.delete(pattern);
    }
  }

  /** A pattern that covers nothing that was seen. */
  get unused(): string | undefined {
    const [pattern] = this.#unused;
    return pattern?.text;
  }

  #cover(path: string): boolean {
    const slash = path.lastIndexOf('/');
    if (slash > 0 && this.#coverDirectory(path.slice(0, slash))) return true;
    return this.#patterns.some(({ matches }) => matches(path));
  }

  #coverDirectory(path: string): boolean {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const covered = this.#cover(path);
    this.#directories.set(path, covered);
    return covered;
  }
}

/** The directories that a path lies in. */
function* directoriesOf(path: string): Generator<string, void, undefined> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
    yield path.slice(0, slash);
}
