/**
 * Names of files as text. A name is a sequence of bytes, most often UTF-8. A byte that is not UTF-8 becomes an unpaired
 * surrogate in the text, U+DC80 to U+DCFF, which no UTF-8 decodes to (as in Python's os.fsdecode()). So no two names
 * have the same text, and the bytes of a name can be computed from its text.
 */

/** Buffer and the arguments of the process have this instead of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);
const BYTE_SURROGATES = 0xdc00;
const BYTE_SURROGATE = /[\udc80-\udcff]/u;
const FIRST_NOT_ASCII = 0x80;
const LONGEST_CHARACTER = 4;

/** The text of a name. */
export function decodeName(bytes: Buffer): string {
  const text = bytes.toString();
  if (!text.includes(REPLACEMENT)) return text;
  let exact = '';
  for (let at = 0; at < bytes.length; ) {
    const length = characterBytes(bytes, at);
    exact +=
      length > 0
        ? bytes.toString('utf8', at, at + length)
        : String.fromCharCode(BYTE_SURROGATES + (bytes[at] ?? 0));
    at += Math.max(length, 1);
  }
  return exact;
}

/** The name for a system call: the text itself if all of it is UTF-8, as nearly always. */
export function encodeName(name: string): string | Buffer {
  if (!BYTE_SURROGATE.test(name)) return name;
  return Buffer.concat(
    [...name].map((character) =>
      BYTE_SURROGATE.test(character)
        ? Buffer.of(character.charCodeAt(0) - BYTE_SURROGATES)
        : Buffer.from(character),
    ),
  );
}

/** The name as it would be on the command line, where each byte that is not UTF-8 becomes U+FFFD. */
export function nameAsArgument(name: string): string {
  return encodeName(name).toString();
}

/** Length of the character that begins there; 0 for a byte that begins none. */
function characterBytes(bytes: Buffer, at: number): number {
  if ((bytes[at] ?? 0) < FIRST_NOT_ASCII) return 1;
  for (let length = 2; length <= LONGEST_CHARACTER; length++) {
    const character = bytes.subarray(at, at + length);
    if (character.equals(REPLACEMENT_BYTES) || !character.toString().includes(REPLACEMENT))
      return character.length;
  }
  return 0;
}
