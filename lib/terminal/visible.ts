/**
 * Strings from outside in a form that is safe to print: text in, and text out that moves no cursor, begins no line, and
 * changes no colour and no direction of reading. Strings from a server, a backup, a file name or the environment can
 * contain any character; on a terminal some of them are commands, and some forge lines of output.
 *
 * The form is that of escapes in a JavaScript string: \n \r \t, \xNN up to U+00FF, \u{N} above. All other text stays as
 * it is, so that escaping a second time changes nothing.
 */

/**
 * Control characters (C0, DEL, C1), unpaired surrogates, separators of lines and paragraphs, marks that change the
 * direction of text, and others that take no room. Joiners and variation selectors are left alone: scripts need them.
 */
const HIDDEN =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const HIDDEN_OR_QUOTING = new RegExp(`${HIDDEN.source}|["\\\\]`, 'u');

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with everything hidden in it shown. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** A name in double quotes, in which its own quotes and backslashes are escaped too: no two names look the same. */
export function quoted(name: string): string {
  return `"${visible(name.replace(/["\\]/g, '\\$&'))}"`;
}

/** A name as it is where that is plain, else quoted: for lists in which names stand without quotes. */
export function listed(name: string): string {
  return HIDDEN_OR_QUOTING.test(name) ? quoted(name) : name;
}

/** A value as JSON on one line, in which everything hidden is escaped, as JSON itself demands of C0 only. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${hex(unit.charCodeAt(0)).padStart(4, '0')}`)
      .join(''),
  );
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return SHORT[character] ?? (code <= 0xff ? `\\x${hex(code).padStart(2, '0')}` : `\\u{${hex(code)}}`);
}

function hex(number: number): string {
  return number.toString(16);
}
