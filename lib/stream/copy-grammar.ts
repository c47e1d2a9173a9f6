/**
 * CopyData messages to frames: archives, the manifest, and how far the server is. Each says with its first byte
 * which of them it is, as bbsink_copystream in src/backend/backup/basebackup_copy.c writes it.
 */

import { quoted } from '../terminal/visible.ts';
import type { ArchiveLedger } from './archive-order.ts';
import type { Frame } from './frame.ts';
import type { Message } from './framing.ts';
import { check, type MessageReader, malformed } from './message-reader.ts';
import type { Run } from './run.ts';

/** Gives CopyData its meaning. Throws BackupError where it is out of place. */
export class CopyGrammar {
  readonly #ledger: ArchiveLedger;
  /** What contents belong to. */
  #contentsOf: 'nothing' | 'archive' | 'manifest' = 'nothing';
  #manifestSeen = false;

  constructor(ledger: ArchiveLedger) {
    this.#ledger = ledger;
  }

  /** What may come next, for the message about a cut. */
  get expecting(): string {
    return this.#manifestSeen ? 'the manifest or the end of the copy' : 'an archive';
  }

  /** Contents of what was begun last. */
  contents({ parts, bytes, wire, ...place }: Run): Frame {
    if (this.#contentsOf === 'nothing')
      throw malformed({ ...place, type: 'd' }, 'contents before the first archive');
    return { type: 'data', parts, bytes, wire };
  }

  /** A message that says which part of the backup follows, or how far it is. */
  data(message: Message, reader: MessageReader): Frame {
    const subtype = String.fromCharCode(reader.byte());
    switch (subtype) {
      case 'n':
        return this.#archiveBegins(message, reader);
      case 'm':
        return this.#manifestBegins(message, reader);
      case 'p': {
        const bytes = reader.int64();
        reader.end();
        if (bytes < 0n) throw malformed(message, 'negative progress');
        return { type: 'progress', bytes, wire: message.wire };
      }
      default:
        throw malformed(message, `unknown kind of copy data ${quoted(subtype)}`);
    }
  }

  #archiveBegins(message: Message, reader: MessageReader): Frame {
    const name = reader.string();
    const location = reader.string();
    reader.end();
    check(message, this.#ledger.begin(name, location, this.#manifestSeen));
    this.#contentsOf = 'archive';
    return { type: 'archive', name, location, wire: message.wire };
  }

  #manifestBegins(message: Message, reader: MessageReader): Frame {
    reader.end();
    if (this.#manifestSeen) throw malformed(message, 'a second manifest');
    check(message, this.#ledger.end());
    this.#manifestSeen = true;
    this.#contentsOf = 'manifest';
    return { type: 'manifest', wire: message.wire };
  }
}
