/**
 * CopyData messages to frames: archives, the manifest, and how far the server is. Each says with its first byte
 * which of them it is, as bbsink_copystream in src/backend/backup/basebackup_copy.c writes it.
 */

import { quoted } from '../terminal/visible.ts';
import { parseArchiveName } from './archive-name.ts';
import type { ArchiveOrder } from './archive-order.ts';
import type { Contents } from './contents.ts';
import type { Frame } from './frame.ts';
import type { Message } from './framing.ts';
import { check, type MessageReader, malformed } from './message-reader.ts';

/** Gives CopyData its meaning. Throws BackupError where it is out of place. */
export class CopyGrammar {
  readonly #order: ArchiveOrder;
  /** The end frame of the current archive or manifest; that of pg_wal.tar is kept apart, since it comes last. */
  #currentEnd: Frame | undefined;
  #walEnd: Frame | undefined;
  #begun = false;
  #manifestSeen = false;

  constructor(order: ArchiveOrder) {
    this.#order = order;
  }

  /** What may come next, for the message about a cut. */
  get expecting(): string {
    return this.#manifestSeen ? 'the manifest or the end of the copy' : 'an archive';
  }

  /** Contents of the archive or manifest that began last. */
  contents(contents: Contents): Frame {
    if (!this.#begun) throw malformed(contents, 'contents before the first archive');
    const { parts, bytes, wire } = contents;
    return { type: 'data', parts, bytes, wire };
  }

  /** A message that begins an archive or the manifest, or reports progress. */
  *data(message: Message, reader: MessageReader): Generator<Frame, void, undefined> {
    const subtype = String.fromCharCode(reader.byte());
    switch (subtype) {
      case 'n':
        yield* this.#archiveBegins(message, reader);
        break;
      case 'm':
        yield* this.#manifestBegins(message, reader);
        break;
      case 'p': {
        const bytes = reader.int64();
        reader.end();
        if (bytes < 0n) throw malformed(message, 'negative progress');
        yield { type: 'progress', bytes, wire: message.wire };
        break;
      }
      default:
        throw malformed(message, `unknown kind of copy data ${quoted(subtype)}`);
    }
  }

  /** No more contents come: the ends of all that has begun. */
  *end(): Generator<Frame, void, undefined> {
    yield* this.#endCurrent();
    if (this.#walEnd !== undefined) yield this.#walEnd;
  }

  *#archiveBegins(message: Message, reader: MessageReader): Generator<Frame, void, undefined> {
    const name = reader.string();
    const location = reader.string();
    reader.end();
    check(message, this.#order.begin(name, location, this.#manifestSeen));
    yield* this.#endCurrent();
    this.#begun = true;
    const isWal = parseArchiveName(name)?.kind === 'wal';
    const resumed = isWal && this.#walEnd !== undefined;
    const end: Frame = { type: 'archive-end', name };
    if (isWal) this.#walEnd = end;
    else this.#currentEnd = end;
    yield { type: 'archive', name, location, resumed, wire: message.wire };
  }

  *#manifestBegins(message: Message, reader: MessageReader): Generator<Frame, void, undefined> {
    reader.end();
    if (this.#manifestSeen) throw malformed(message, 'a second manifest');
    check(message, this.#order.end());
    this.#manifestSeen = true;
    yield* this.#endCurrent();
    this.#currentEnd = { type: 'manifest-end' };
    yield { type: 'manifest', wire: message.wire };
  }

  *#endCurrent(): Generator<Frame, void, undefined> {
    if (this.#currentEnd !== undefined) yield this.#currentEnd;
    this.#currentEnd = undefined;
  }
}
