/**
 * An object as a stream: ranges of it are asked for, a few at a time, and delivered in order. Where a connection broke,
 * or nothing came any more, the rest of the range is asked for again. All ranges are of the object that was found, by
 * its ETag.
 */

import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../../errors/backup-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import type { Bucket, ListedObject } from './bucket.ts';
import { objectUrl } from './connection.ts';
import { s3Trouble, statusOf } from './failure.ts';

const MIB = 1024 * 1024;
/** Whoever looks only at the beginning gets no more. */
const FIRST_BYTES = MIB / 4;
const RANGE_BYTES = 4 * MIB;
const IN_FLIGHT = 4;
/** How often a range is asked for again while nothing of it comes, and how long to wait before the first time. */
const RETRIES = 5;
const FIRST_WAIT_MS = 100;

const OTHER_RANGE = 'the store sends another range than was asked for';
const NOT_FOUND = 404;
const PRECONDITION_FAILED = 412;
const RANGE_NOT_SATISFIABLE = 416;

/** A stretch of the object. */
interface Range {
  readonly begin: number;
  readonly bytes: number;
}

/**
 * Reads an object to its end. Each chunk is valid until the next is asked for. Throws BackupError if it is not there any
 * more, or another one is, and TroubleError if it cannot be read; when `signal` fires, what it carries.
 */
export async function* readObject(
  bucket: Bucket,
  object: ListedObject,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const interrupt = () => stop.abort(signal.reason);
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  const ranges = rangesOf(object.bytes);
  const free: ArrayBuffer[] = [];
  const queue: Promise<Buffer>[] = [];
  const ask = (count: number) => {
    for (const range of take(ranges, count)) {
      const buffer = Buffer.from(free.pop() ?? new ArrayBuffer(RANGE_BYTES), 0, range.bytes);
      const contents = new RangeReader(bucket, object, range.begin, buffer, stop.signal).read();
      contents.catch(() => {}); // is seen when its time comes
      queue.push(contents);
    }
  };
  try {
    ask(1);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const contents = await next;
      yield contents;
      free.push(contents.buffer as ArrayBuffer);
      ask(IN_FLIGHT - queue.length);
    }
  } finally {
    signal.removeEventListener('abort', interrupt);
    stop.abort(new Error('nothing more is wanted'));
  }
}

function* rangesOf(total: number): Generator<Range, void, undefined> {
  for (let begin = 0; begin < total; ) {
    const bytes = Math.min(begin === 0 ? FIRST_BYTES : RANGE_BYTES, total - begin);
    yield { begin, bytes };
    begin += bytes;
  }
}

function* take(ranges: Iterator<Range>, count: number): Generator<Range, void, undefined> {
  for (let taken = 0; taken < count; taken++) {
    const { done, value } = ranges.next();
    if (done === true) return;
    yield value;
  }
}

/** Reads one range, which fills the buffer. */
class RangeReader {
  readonly #bucket: Bucket;
  readonly #object: ListedObject;
  readonly #begin: number;
  readonly #buffer: Buffer;
  readonly #signal: AbortSignal;
  #filled = 0;

  constructor(bucket: Bucket, object: ListedObject, begin: number, buffer: Buffer, signal: AbortSignal) {
    this.#bucket = bucket;
    this.#object = object;
    this.#begin = begin;
    this.#buffer = buffer;
    this.#signal = signal;
  }

  async read(): Promise<Buffer> {
    for (let failures = 0; this.#filled < this.#buffer.length; ) {
      const before = this.#filled;
      try {
        await this.#readOn();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (this.#filled > before) failures = 0;
        // The SDK has repeated a request that failed as a whole.
        if (!(error instanceof BrokenError) || failures === RETRIES) throw this.#complaint(error);
        await sleep(FIRST_WAIT_MS * 2 ** failures++, undefined, { signal: this.#signal }).catch(() => {});
        this.#signal.throwIfAborted();
      }
    }
    return this.#buffer;
  }

  /** Reads what comes on one connection. Throws BrokenError if that is not all of the range. */
  async #readOn(): Promise<void> {
    const begin = this.#begin + this.#filled;
    const end = this.#begin + this.#buffer.length - 1;
    const answer = await this.#bucket.get(this.#object, `bytes=${begin}-${end}`, this.#signal);
    const body = answer.Body as Readable;
    const timer = setTimeout(() => body.destroy(new Error('nothing more has come')), this.#bucket.stallMs);
    try {
      if (answer.ContentRange !== `bytes ${begin}-${end}/${this.#object.bytes}`) throw new Error(OTHER_RANGE);
      for await (const chunk of body) {
        if (chunk.length > this.#buffer.length - this.#filled) throw new Error(OTHER_RANGE);
        this.#filled += chunk.copy(this.#buffer, this.#filled);
        timer.refresh();
      }
      if (this.#filled < this.#buffer.length) throw new Error('the answer was cut short');
    } catch (cause) {
      throw new BrokenError((cause as Error).message, { cause });
    } finally {
      clearTimeout(timer);
      body.destroy();
    }
  }

  #complaint(error: unknown): Error {
    const url = objectUrl(this.#bucket.location, this.#object.key);
    const status = statusOf(error);
    if (status === NOT_FOUND) return new BackupError(`"${url}" is not there any more`, { cause: error });
    if (status === PRECONDITION_FAILED || status === RANGE_NOT_SATISFIABLE)
      return new BackupError(`"${url}" was changed while it was read`, { cause: error });
    if (error instanceof BrokenError) return new TroubleError(`could not read "${url}": ${error.message}`);
    return s3Trouble(`could not read "${url}"`, error);
  }
}

/** An answer broke off, or is not what was asked for. */
class BrokenError extends Error {}
