/**
 * Text before a backup stream, as a remote shell prints it when it starts ("last login"). No tool may take it for part
 * of the backup, and none may overlook it: nothing restores a backup with text before it.
 */

import { couldBeginStream } from '../stream/beginning.ts';
import { MESSAGE_HEAD_BYTES } from '../stream/framing.ts';

/** How far a stream is looked for after text. */
const SEARCHED_BYTES = 16 * 1024;
/** Enough of a first message to tell that it is one. */
const FIRST_MESSAGE_BYTES = 32;
/** The first message of a stream contains one of these: a parameter's name, or that of the first column. */
const FIRST_WORDS: readonly [word: string, offset: number][] = [
  ['server_version\0', MESSAGE_HEAD_BYTES],
  ['recptr\0', MESSAGE_HEAD_BYTES + 2],
];

/** The text before a stream, or undefined if there is no such text, or no stream. */
export function textBeforeStream(head: Buffer): Buffer | undefined {
  const found = FIRST_WORDS.flatMap(([word, offset]) => {
    const at = head.indexOf(word) - offset;
    return at >= 0 && couldBeginStream(head.subarray(at)) ? [at] : [];
  });
  const text = found.length === 0 ? undefined : head.subarray(0, Math.min(...found));
  return text !== undefined && textLength(text) === text.length ? text : undefined;
}

/** Whether a stream may still follow: there is nothing but text so far, and perhaps the head of a first message. */
export function mayLeadToStream(head: Buffer): boolean {
  return head.length < SEARCHED_BYTES && head.length - textLength(head) < FIRST_MESSAGE_BYTES;
}

/** How many bytes are text, from the first on. */
export function textLength(bytes: Buffer): number {
  const end = bytes.findIndex((byte) => byte < 0x07 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b));
  return end < 0 ? bytes.length : end;
}
