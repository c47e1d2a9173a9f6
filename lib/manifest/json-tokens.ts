/**
 * Cuts JSON that comes in pieces of any length into tokens, as strictly as PostgreSQL's own lexer and with its
 * complaints (json_lex() in src/common/jsonapi.c). A piece is read as Latin-1, a character a byte, so that positions
 * are the same in text and bytes; only tokens that are cut between pieces are copied. The text of strings is UTF-8.
 */

import type { BackupError } from '../errors/backup-error.ts';
import { malformedManifest } from './malformed-manifest.ts';

/** What a token is; for punctuation, the character itself. */
export type TokenType = '{' | '}' | '[' | ']' | ',' | ':' | 'string' | 'number' | 'word';

/**
 * Takes tokens: the type and the text, of a string without quotes and escapes. A text that is kept must be copied.
 */
export type TokenConsumer = (type: TokenType, text: string) => void;

/** The longest token that is accepted. A path has less than 1024 bytes, each at most six characters long in JSON. */
const MAX_TOKEN_BYTES = 16 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NOT_ASCII = 0x80;
const FIRST_PRINTABLE = 0x20;
/** A number or a word with all letters that follow it, so that complaints name all of it. */
const PLAIN = /[-+.0-9A-Za-z_\x80-\xff]+/y;
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|.)/gsu;
const ESCAPED: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const TWO_HIGH_SURROGATES = /[\ud800-\udbff]{2}/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const WORDS = ['true', 'false', 'null'];
/** By their codes. */
const PUNCTUATION: readonly (TokenType | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  (['{', '}', '[', ']', ',', ':'] as const).find((character) => character.charCodeAt(0) === code),
);

/** Takes pieces, gives tokens. */
export class JsonTokens {
  readonly #consume: TokenConsumer;
  /** The beginning of a token whose end has not come yet. */
  #cut: Buffer = Buffer.alloc(0);

  constructor(consume: TokenConsumer) {
    this.#consume = consume;
  }

  /** Gives the tokens that end in this piece. Throws BackupError for what is no token. */
  push(piece: Buffer): void {
    const bytes = this.#cut.length === 0 ? piece : Buffer.concat([this.#cut, piece]);
    const rest = this.#scan(bytes, false);
    insistOnLength(bytes.length - rest);
    this.#cut = Buffer.from(bytes.subarray(rest));
  }

  /** Gives the last token, if the input could have gone on with it. */
  end(): void {
    this.#scan(this.#cut, true);
  }

  /** Gives all tokens but one that may go on in the next piece, and returns where that begins. */
  #scan(bytes: Buffer, isLast: boolean): number {
    const text = bytes.toString('latin1');
    for (let at = skipSpace(text, 0); at < text.length; ) {
      const end = this.#token(text, bytes, at, isLast);
      if (end === undefined) return at;
      at = skipSpace(text, end);
    }
    return text.length;
  }

  /** Gives the token that begins here, and returns where it ends; undefined if that is not known yet. */
  #token(text: string, bytes: Buffer, at: number, isLast: boolean): number | undefined {
    const first = text.charCodeAt(at);
    if (first === QUOTE) return this.#string(text, bytes, at, isLast);
    const punctuation = PUNCTUATION[first];
    if (punctuation !== undefined) {
      this.#consume(punctuation, punctuation);
      return at + 1;
    }
    return this.#plain(text, at, isLast);
  }

  #plain(text: string, at: number, isLast: boolean): number | undefined {
    PLAIN.lastIndex = at;
    const end = PLAIN.test(text) ? PLAIN.lastIndex : at + 1;
    if (end === text.length && !isLast) return undefined;
    insistOnLength(end - at);
    const raw = text.slice(at, end);
    if (NUMBER.test(raw)) this.#consume('number', raw);
    else if (WORDS.includes(raw)) this.#consume('word', raw);
    else throw invalidToken(raw);
    return end;
  }

  #string(text: string, bytes: Buffer, at: number, isLast: boolean): number | undefined {
    let end = at + 1;
    let isPlain = true;
    let isAscii = true;
    for (; ; end++) {
      const code = text.charCodeAt(end);
      if (code === QUOTE) break;
      if (code >= NOT_ASCII) isAscii = false;
      else if (code < FIRST_PRINTABLE) throw mustBeEscaped(code);
      else if (code === BACKSLASH) {
        isPlain = false;
        end++;
      }
      if (end >= text.length) {
        if (isLast) throw invalidToken(text.slice(at));
        return undefined;
      }
    }
    insistOnLength(end - at);
    const raw = isAscii ? text.slice(at + 1, end) : bytes.toString('utf8', at + 1, end);
    this.#consume('string', isPlain ? raw : readEscapes(raw));
    return end + 1;
  }
}

function insistOnLength(bytes: number): void {
  if (bytes > MAX_TOKEN_BYTES) throw malformedManifest('A token is too long.');
}

/** Where the next token begins. */
function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** What a string with escapes means. */
function readEscapes(raw: string): string {
  const text = raw.replace(ESCAPE, (sequence: string, hex?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    const meaning = ESCAPED[sequence.charAt(1)];
    if (meaning !== undefined) return meaning;
    throw malformedManifest(
      sequence === '\\u'
        ? '"\\u" must be followed by four hexadecimal digits.'
        : `Escape sequence "${sequence}" is invalid.`,
    );
  });
  if (text.includes('\0')) throw malformedManifest('\\u0000 cannot be converted to text.');
  if (TWO_HIGH_SURROGATES.test(text))
    throw malformedManifest('Unicode high surrogate must not follow a high surrogate.');
  if (LONE_SURROGATE.test(text))
    throw malformedManifest('Unicode low surrogate must follow a high surrogate.');
  return text;
}

function invalidToken(raw: string): BackupError {
  return malformedManifest(`Token "${raw}" is invalid.`);
}

function mustBeEscaped(code: number): BackupError {
  return malformedManifest(`Character with value 0x${code.toString(16).padStart(2, '0')} must be escaped.`);
}
