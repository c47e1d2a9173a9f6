/**
 * The backup stream, bytes to frames: framing (messages), then grammar (their meaning). The stream has an
 * explicit end, so a stream that stops anywhere else is an error.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { Contents } from './contents.ts';
import type { Frame } from './frame.ts';
import { type CopyForm, Framing, type Message } from './framing.ts';
import { Grammar } from './grammar.ts';

/** The message about a stream that stops before its end. */
export const CUT_SHORT = 'stream ended before its end';

/** Brings the messages of another form of the reply to BASE_BACKUP into the form of the stream. */
export interface Translator {
  readonly form: CopyForm;
  translate(message: Message | Contents): Iterable<Message | Contents>;
}

/** What is known of a stream beforehand. */
export interface DecodeOptions {
  readonly translator?: Translator | undefined;
  /** Parameters of the server that belong to the head, besides those in the stream. */
  readonly parameters?: ReadonlyMap<string, string>;
}

/**
 * Reads a backup stream to its last byte. Each chunk, and each frame made from it, is valid until the
 * next frame is asked for. Throws BackupError for a stream that is malformed or cut short, AbortError where
 * the upstream says that it has failed.
 */
export async function* decode(
  chunks: AsyncIterable<Buffer>,
  { translator, parameters }: DecodeOptions = {},
): AsyncGenerator<Frame, void, undefined> {
  const framing = new Framing(translator?.form);
  const grammar = new Grammar(parameters);
  for await (const chunk of chunks) {
    for (const message of framing.push(chunk)) {
      if (translator === undefined) yield* framesOf(message, grammar);
      else for (const one of translator.translate(message)) yield* framesOf(one, grammar);
      if (grammar.ended) framing.close();
    }
  }
  if (!grammar.ended) throw cutShort(framing, grammar);
}

function framesOf(message: Message | Contents, grammar: Grammar): Iterable<Frame> {
  return message.kind === 'contents' ? [grammar.contents(message)] : grammar.frames(message);
}

function cutShort(framing: Framing, grammar: Grammar): BackupError {
  const bytes = framing.offset + framing.held;
  const where = framing.held > 0 ? 'in the middle of a message' : `while ${grammar.expecting} was expected`;
  return new BackupError(CUT_SHORT, {
    detail: bytes === 0 ? 'Nothing was received.' : `It ended after ${bytes} bytes, ${where}.`,
  });
}
