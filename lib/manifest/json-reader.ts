/**
 * Reads JSON as it comes and calls a listener for each part, in PostgreSQL's terms (JsonSemAction in
 * src/include/common/jsonapi.h) and with its complaints. Nothing is kept but the nesting.
 */

import type { BackupError } from '../errors/backup-error.ts';
import { JsonTokens, type TokenType } from './json-tokens.ts';
import { malformedManifest } from './malformed-manifest.ts';

/** Hears of each part. An error that a method throws ends the reading. */
export interface JsonListener {
  objectStart(): void;
  objectEnd(): void;
  arrayStart(): void;
  arrayEnd(): void;
  /** The name before a value. */
  field(name: string): void;
  /** A string without its quotes and escapes; any other value as it is written. */
  scalar(text: string): void;
}

/** What may come next, with the words for it in a complaint. */
const EXPECTED = {
  value: 'JSON value',
  firstElement: 'JSON value',
  firstField: 'string or "}"',
  field: 'string',
  colon: '":"',
  nextField: '"," or "}"',
  nextElement: '"," or "]"',
  nothing: 'end of input',
} as const;
type Expectation = keyof typeof EXPECTED;

/** Reads one document. */
export class JsonReader {
  readonly #listener: JsonListener;
  readonly #tokens = new JsonTokens((type, text) => {
    this.#expected = this.#take(type, text);
  });
  /** What to expect after each of the open objects and arrays. */
  readonly #outer: Expectation[] = [];
  #expected: Expectation = 'value';

  constructor(listener: JsonListener) {
    this.#listener = listener;
  }

  /** Takes the next piece. Throws BackupError where it is not JSON. */
  push(piece: Buffer): void {
    this.#tokens.push(piece);
  }

  /** The input has ended. Throws BackupError if the document has not. */
  end(): void {
    this.#tokens.end();
    if (this.#expected !== 'nothing') throw malformedManifest('The input string ended unexpectedly.');
  }

  /** Takes a token and says what may follow it. */
  #take(type: TokenType, text: string): Expectation {
    switch (this.#expected) {
      case 'value':
        return this.#value(type, text);
      case 'firstElement':
        return type === ']' ? this.#close() : this.#value(type, text);
      case 'firstField':
        return type === '}' ? this.#close() : this.#field(type, text);
      case 'field':
        return this.#field(type, text);
      case 'nextField':
        if (type === '}') return this.#close();
        if (type === ',') return 'field';
        break;
      case 'nextElement':
        if (type === ']') return this.#close();
        if (type === ',') return 'value';
        break;
      case 'colon':
        if (type === ':') return 'value';
        break;
      case 'nothing':
    }
    throw this.#unexpected(type, text);
  }

  #value(type: TokenType, text: string): Expectation {
    switch (type) {
      case '{':
        this.#listener.objectStart();
        this.#outer.push('nextField');
        return 'firstField';
      case '[':
        this.#listener.arrayStart();
        this.#outer.push('nextElement');
        return 'firstElement';
      case 'string':
      case 'number':
      case 'word':
        this.#listener.scalar(text);
        return this.#outer.at(-1) ?? 'nothing';
      default:
        throw this.#unexpected(type, text);
    }
  }

  #field(type: TokenType, text: string): Expectation {
    if (type !== 'string') throw this.#unexpected(type, text);
    this.#listener.field(text);
    return 'colon';
  }

  #close(): Expectation {
    if (this.#outer.pop() === 'nextField') this.#listener.objectEnd();
    else this.#listener.arrayEnd();
    return this.#outer.at(-1) ?? 'nothing';
  }

  #unexpected(type: TokenType, text: string): BackupError {
    const found = type === 'string' ? `"${text}"` : text;
    return malformedManifest(`Expected ${EXPECTED[this.#expected]}, but found "${found}".`);
  }
}
