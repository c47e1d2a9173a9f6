/**
 * Checks that a message of the conversation has the form of its type: every string is terminated, every count is
 * followed by its values, and nothing is left over. pg-protocol relies on this: an error that is not terminated makes
 * it read for ever.
 *
 * Comes in: whole messages, in order. The forms are those of the PostgreSQL manual, "Message Formats"; the complaints
 * are libpq's (pqParseInput3() in fe-protocol3.c).
 */

import { BackupError } from '../../errors/backup-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { MessageReader } from '../../stream/message-reader.ts';
import { readColumnNames, readRow } from '../../stream/result.ts';
import { readReport } from '../../stream/server-report.ts';

const HEAD_BYTES = 5;
const SALT_BYTES = 4;
/** AuthenticationOk to AuthenticationSASLFinal, those with a known form. */
const REQUESTS: Readonly<Record<number, (reader: MessageReader) => void>> = {
  0: () => {},
  3: () => {},
  5: (reader) => skip(reader, SALT_BYTES),
  10: (reader) => {
    while (reader.string() !== '');
  },
};

/** Reads a message to its end, by its type. */
const FORMS: Readonly<Record<string, (reader: MessageReader) => void>> = {
  A: (reader) => {
    reader.int32();
    reader.string();
    reader.string();
  },
  C: (reader) => void reader.string(),
  E: readReport,
  G: (reader) => {
    reader.byte();
    for (let columns = reader.int16(); columns > 0; columns--) reader.int16();
  },
  I: () => {},
  K: (reader) => void reader.int64(),
  N: readReport,
  S: (reader) => {
    reader.string();
    reader.string();
  },
  Z: (reader) => void reader.byte(),
};

/** Checks the messages of one connection. */
export class MessageCheck {
  /** Columns of the result that is being received; undefined between results. */
  #columns: number | undefined;

  /** Throws TroubleError for a message that does not have the form of its type. */
  check(message: Buffer): void {
    const type = message.toString('latin1', 0, 1);
    const reader = new MessageReader(message.subarray(HEAD_BYTES), { type, offset: 0 });
    try {
      if (type === 'R') checkRequest(reader);
      else if (type === 'T') this.#columns = readColumnNames(reader).length;
      else if (type === 'D') this.#checkRow(readRow(reader).length);
      else this.#checkOther(type, reader);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      throw new TroubleError(complaint(type), { cause: error });
    }
  }

  #checkRow(columns: number): void {
    if (this.#columns === undefined) {
      throw new TroubleError('server sent data ("D" message) without prior row description ("T" message)');
    }
    if (columns !== this.#columns) throw new TroubleError('unexpected field count in "D" message');
  }

  #checkOther(type: string, reader: MessageReader): void {
    FORMS[type]?.(reader);
    reader.end();
    if ('CEZ'.includes(type)) this.#columns = undefined;
  }
}

function complaint(type: string): string {
  if (type === 'R') return 'received invalid authentication request';
  return `message contents do not agree with length in message type "${type}"`;
}

/** SASL data may be anything; a request of another kind is refused by its number. */
function checkRequest(reader: MessageReader): void {
  const form = REQUESTS[reader.int32()];
  if (form === undefined) return;
  form(reader);
  reader.end();
}

function skip(reader: MessageReader, bytes: number): void {
  for (let left = bytes; left > 0; left--) reader.byte();
}
