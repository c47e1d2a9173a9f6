/**
 * Messages to frames: the order in which they may come, and what they mean. The order is that of
 * bbsink_copystream in src/backend/backup/basebackup_copy.c:
 *
 *   start     T D C     recptr, tli
 *   list      T D.. C   spcoid, spclocation, size
 *   copying   H d.. c   archives and manifest (copy-grammar.ts)
 *   stop      T D C     recptr, tli
 *   end       C         tag BASE_BACKUP
 *
 * The protocol allows ParameterStatus and NoticeResponse anywhere; ErrorResponse is thrown.
 */

import assert from 'node:assert';
import type { BackupError } from '../errors/backup-error.ts';
import { MAX_OID, MAX_TIMELINE } from '../postgres/limits.ts';
import { parseLsn } from '../postgres/lsn.ts';
import { quoted } from '../terminal/visible.ts';
import { AbortError } from './abort.ts';
import { ArchiveOrder } from './archive-order.ts';
import type { Contents } from './contents.ts';
import { CopyGrammar } from './copy-grammar.ts';
import type { Frame, ListedTablespace, Position, Wire } from './frame.ts';
import type { Message } from './framing.ts';
import { check, MessageReader, malformed } from './message-reader.ts';
import { readColumnNames, readRow } from './result.ts';
import { readReport } from './server-report.ts';

/** Tag of the CommandComplete that ends a backup. */
export const END_TAG = 'BASE_BACKUP';

type Step = 'columns' | 'row' | 'result-end';
type Phase = 'start' | 'list' | 'copy' | 'copying' | 'stop' | 'end' | 'ended';

/** Gives each message its meaning. Throws BackupError where it is out of place, AbortError for an abort. */
export class Grammar {
  #phase: Phase = 'start';
  /** Within the phases that are results: what comes next. */
  #step: Step = 'columns';
  /** Columns of the result that is being read. */
  #width = 0;
  readonly #order = new ArchiveOrder();
  readonly #copy = new CopyGrammar(this.#order);
  readonly #parameters: Map<string, string>;
  #start: Position | undefined;
  readonly #tablespaces: ListedTablespace[] = [];

  /** Parameters that are known before the stream begins belong to its head too. */
  constructor(parameters: ReadonlyMap<string, string> = new Map()) {
    this.#parameters = new Map(parameters);
  }

  /** Whether the end was read. */
  get ended(): boolean {
    return this.#phase === 'ended';
  }

  /** What the stream is in the middle of, for the message about a cut. */
  get expecting(): string {
    if (this.#phase === 'start') return 'the start position';
    if (this.#phase === 'list') return 'the tablespace list';
    if (this.#phase === 'stop') return 'the end position';
    return this.#phase === 'end' ? 'the end of the backup' : this.#copy.expecting;
  }

  /** Contents of the archive or manifest that began last. */
  contents(contents: Contents): Frame {
    if (this.#phase !== 'copying') throw this.#unexpected(contents);
    return this.#copy.contents(contents);
  }

  /** The frame that a message is, after the ends that it implies. */
  *frames(message: Message): Generator<Frame, void, undefined> {
    if (message.type === 'd') {
      if (this.#phase !== 'copying') throw this.#unexpected(message);
      yield* this.#copy.data(message, new MessageReader(message.payload, message));
    } else {
      const frame = this.#frame(message);
      if (frame.type === 'copy-done') yield* this.#copy.end();
      yield frame;
    }
  }

  #frame(message: Message): Frame {
    const { type, wire, payload } = message;
    const reader = new MessageReader(payload, message);
    switch (type) {
      case 'S':
        return this.#parameter(reader, wire);
      case 'N':
        return { type: 'notice', report: readReport(reader), wire };
      case 'E':
        throw new AbortError(
          readReport(reader),
          wire.map((bytes) => Buffer.from(bytes)),
        );
      case 'T':
        return this.#columns(message, reader);
      case 'D':
        return this.#row(message, reader);
      case 'C':
        return this.#complete(message, reader);
      case 'H':
        return this.#copyBegins(message, reader);
      default:
        return this.#copyDone(message, reader);
    }
  }

  #parameter(reader: MessageReader, wire: Wire): Frame {
    const name = reader.string();
    const value = reader.string();
    reader.end();
    this.#parameters.set(name, value);
    return { type: 'parameter', name, value, wire };
  }

  #columns(message: Message, reader: MessageReader): Frame {
    const isResult = this.#phase === 'start' || this.#phase === 'list' || this.#phase === 'stop';
    if (!isResult || this.#step !== 'columns') throw this.#unexpected(message);
    const names = readColumnNames(reader);
    const wanted = this.#phase === 'list' ? 3 : 2;
    if (names.length < wanted) throw malformed(message, `${names.length} columns instead of ${wanted}`);
    this.#step = 'row';
    this.#width = names.length;
    return { type: 'columns', names, wire: message.wire };
  }

  #row(message: Message, reader: MessageReader): Frame {
    if (this.#step !== 'row') throw this.#unexpected(message);
    const values = readRow(reader);
    if (values.length !== this.#width)
      throw malformed(message, `row of ${values.length} columns, not ${this.#width}`);
    if (this.#phase === 'list') return this.#tablespace(message, values);
    this.#step = 'result-end';
    const lsn = parseLsn(values[0] ?? '');
    const timeline = parseUnsigned(values[1], MAX_TIMELINE);
    if (lsn === undefined) throw malformed(message, `invalid LSN ${shown(values[0])}`);
    if (!timeline) throw malformed(message, `invalid timeline ${shown(values[1])}`);
    if (this.#phase === 'stop') return { type: 'stop', lsn, timeline, wire: message.wire };
    this.#start = { lsn, timeline };
    return { type: 'start', lsn, timeline, wire: message.wire };
  }

  #tablespace(message: Message, values: readonly (string | null)[]): Frame {
    const [oidText = null, location = null, size = null] = values;
    const oid = oidText === null ? null : parseUnsigned(oidText, MAX_OID);
    const kilobytes = size === null ? null : parseUnsigned(size, Number.MAX_SAFE_INTEGER);
    if (oid === undefined || kilobytes === undefined)
      throw malformed(message, 'invalid number in the tablespace list');
    check(message, this.#order.list(oid, location));
    this.#tablespaces.push({ oid, location, kilobytes });
    return { type: 'tablespace', oid, location, kilobytes, wire: message.wire };
  }

  #complete(message: Message, reader: MessageReader): Frame {
    const tag = reader.string();
    reader.end();
    if (this.#phase === 'end') {
      if (tag !== END_TAG) throw malformed(message, `unexpected command tag ${quoted(tag)}`);
      this.#phase = 'ended';
      return { type: 'end', wire: message.wire };
    }
    if (this.#phase === 'list' && this.#step === 'row') check(message, this.#order.endList());
    else if (this.#step !== 'result-end') throw this.#unexpected(message);
    this.#phase = this.#phase === 'start' ? 'list' : this.#phase === 'list' ? 'copy' : 'end';
    this.#step = 'columns';
    return { type: 'result-end', wire: message.wire };
  }

  #copyBegins(message: Message, reader: MessageReader): Frame {
    if (this.#phase !== 'copy') throw this.#unexpected(message);
    reader.byte(); // overall format
    for (let columns = reader.int16(); columns > 0; columns--) reader.int16();
    reader.end();
    this.#phase = 'copying';
    assert(this.#start !== undefined, 'tablespaces were listed before the start position');
    const head = {
      parameters: new Map(this.#parameters),
      start: this.#start,
      tablespaces: this.#tablespaces,
    };
    return { type: 'copy', head, wire: message.wire };
  }

  #copyDone(message: Message, reader: MessageReader): Frame {
    if (this.#phase !== 'copying') throw this.#unexpected(message);
    reader.end();
    check(message, this.#order.end());
    this.#phase = 'stop';
    return { type: 'copy-done', wire: message.wire };
  }

  #unexpected(message: { type: string; offset: number }): BackupError {
    return malformed(message, `unexpected message where ${this.expecting} should be`);
  }
}

function shown(value: string | null | undefined): string {
  return typeof value === 'string' ? quoted(value) : 'null';
}

/** A number as the server writes it, at most `max`; undefined for anything else. */
function parseUnsigned(text: string | null | undefined, max: number): number | undefined {
  if (text === null || text === undefined || !/^[0-9]{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}
