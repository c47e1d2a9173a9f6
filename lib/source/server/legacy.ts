/**
 * The reply of servers 13 and 14 to BASE_BACKUP, message by message into the form of version 15: they send
 * every archive, and then the manifest, as a CopyOut of its own; names and locations follow from the list of
 * tablespaces; archives lack the two zero blocks at their end, which pg_basebackup adds too
 * (ReceiveTarFile() in its version 14); and version 13 ends with a tag that does not say BASE_BACKUP.
 */

import { BASE_ARCHIVE } from '../../stream/archive-name.ts';
import type { Contents } from '../../stream/contents.ts';
import { encode } from '../../stream/encode.ts';
import type { Frame } from '../../stream/frame.ts';
import { MESSAGE_HEAD_BYTES, type Message } from '../../stream/framing.ts';
import { type MessagePlace, MessageReader } from '../../stream/message-reader.ts';
import { readRow } from '../../stream/result.ts';
import { ARCHIVE_END } from '../../tar/reader.ts';

/** CommandComplete of the start position, the list, and the end position; then the one of the command. */
const RESULTS = 3;

/** Turns messages of one backup of version 13 or 14 into those of version 15. */
export class LegacyTranslator {
  readonly form = 'bare';
  readonly #archives: { name: string; location: string }[] = [];
  #results = 0;
  /** Archives that have begun. */
  #begun = 0;
  #copying = false;
  #inArchive = false;

  /** The messages that replace one message of the old form. */
  *translate(message: Message | Contents): Generator<Message | Contents, void, undefined> {
    if (message.kind === 'contents') return yield contents(message, message.parts);
    switch (message.type) {
      case 'H':
        yield* this.#copyBegins(message);
        break;
      case 'c':
        if (this.#inArchive) yield contents(message, [ARCHIVE_END]);
        break;
      case 'T':
        if (this.#copying) yield made({ type: 'copy-done' }, message);
        this.#copying = false;
        yield message;
        break;
      case 'D':
        if (this.#results === 1) this.#list(message);
        yield message;
        break;
      case 'C':
        yield this.#results++ < RESULTS ? message : made({ type: 'end' }, message);
        break;
      default:
        yield message;
    }
  }

  #list(message: Message): void {
    const [oid = null, location = null] = readRow(new MessageReader(message.payload, message));
    this.#archives.push({ name: oid === null ? BASE_ARCHIVE : `${oid}.tar`, location: location ?? '' });
  }

  *#copyBegins(message: Message): Generator<Message, void, undefined> {
    if (!this.#copying) yield message;
    this.#copying = true;
    const archive = this.#archives[this.#begun++];
    this.#inArchive = archive !== undefined;
    yield made(
      archive === undefined ? { type: 'manifest' } : { type: 'archive', ...archive, resumed: false },
      message,
    );
  }
}

/** A message of the new form for a frame, with the offset of the old message that it replaces. */
function made(frame: Frame, { offset }: MessagePlace): Message {
  const wire = encode(frame);
  const [whole = Buffer.alloc(0)] = wire;
  const type = whole.toString('latin1', 0, 1);
  return { kind: 'message', type, offset, payload: whole.subarray(MESSAGE_HEAD_BYTES), wire };
}

function contents({ offset }: MessagePlace, parts: readonly Buffer[]): Contents {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  return { kind: 'contents', type: 'd', offset, parts, bytes, wire: encode({ type: 'data', parts, bytes }) };
}
