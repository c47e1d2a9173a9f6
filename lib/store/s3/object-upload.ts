/**
 * One object that is being uploaded: its contents in, parts of an upload out, several at a time. There is no object
 * before it is completed. One that may be small is kept until that is known, since it needs no upload in parts.
 */

import { createHash } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { TroubleError } from '../../errors/trouble.ts';
import type { NewFile } from '../place.ts';
import type { Bucket, ObjectFacts } from './bucket.ts';
import { objectUrl } from './connection.ts';
import { s3Trouble, statusOf } from './failure.ts';
import type { PartBuffers } from './part-buffers.ts';
import { nextPartBytes } from './part-size.ts';
import type { OpenUpload, Uploads } from './uploads.ts';

const PRECONDITION_FAILED = 412;
const NOT_IMPLEMENTED = 501;
const MD5 = /^"?([0-9a-f]{32})"?$/;

/** What an upload is made with. */
export interface UploadTools {
  readonly bucket: Bucket;
  readonly uploads: Uploads;
  readonly buffers: PartBuffers;
  /** Ends the sending of parts. */
  readonly signal: AbortSignal;
  /** Fires some time after that: only whoever knows that an upload was begun can abort it. */
  readonly lateSignal: AbortSignal;
}

/** What is known of an object beforehand. */
export interface ObjectPlan {
  readonly key: string;
  readonly announced: number | undefined;
  /** Whether it can be kept in memory until it is completed, if one part holds it. */
  readonly maybeSmall: boolean;
}

/** One object. */
export class ObjectUpload implements NewFile {
  readonly #plan: ObjectPlan;
  readonly #tools: UploadTools;
  readonly #parts: Promise<CompletedPart>[] = [];
  #upload: ReturnType<Uploads['begin']> | undefined;
  #failure: unknown;
  #buffer: Buffer | undefined;
  #filled = 0;
  #sent = 0;
  #small: Buffer | undefined;
  /** Whether the store was asked to make the object, and whether it has. */
  #state: 'open' | 'unknown' | 'completed' = 'open';

  constructor(plan: ObjectPlan, tools: UploadTools) {
    this.#plan = plan;
    this.#tools = tools;
  }

  get key(): string {
    return this.#plan.key;
  }

  get bytes(): number {
    return this.#sent + this.#filled;
  }

  async push(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces)
      for (let at = 0; at < piece.length; ) {
        if (this.#failure !== undefined) throw this.#failure;
        const size = nextPartBytes(this.#plan.announced, this.#sent);
        this.#buffer ??= await this.#tools.buffers.take(size);
        const copied = piece.copy(this.#buffer, this.#filled, at);
        at += copied;
        this.#filled += copied;
        if (this.#filled === this.#buffer.length) this.#send(this.#buffer);
      }
  }

  async end(): Promise<void> {
    if (this.#plan.maybeSmall && this.#upload === undefined)
      this.#small = this.#buffer?.subarray(0, this.#filled) ?? Buffer.alloc(0);
    else if (this.#filled > 0 || this.#parts.length === 0) this.#send(this.#buffer ?? Buffer.alloc(0));
  }

  /** Makes the object of what has come, if there is none of its name, and checks what the store has made of it. */
  async complete(): Promise<void> {
    const url = objectUrl(this.#tools.bucket.location, this.#plan.key);
    const parts = await Promise.all(this.#parts);
    this.#state = 'unknown';
    const failure = await this.#make(parts).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) this.#state = 'completed';
    this.#tools.signal.throwIfAborted();
    // A request whose answer was lost is sent again, and then fails, as it has succeeded before.
    const found = await this.#tools.bucket.head(this.#plan.key).catch((error: unknown) => {
      throw s3Trouble(`could not complete "${url}"`, failure ?? error);
    });
    if (this.#isOurs(found, parts)) this.#state = 'completed';
    else if (failure === undefined)
      throw new TroubleError(`the store has made something else of "${url}" than was uploaded`);
    else if (statusOf(failure) === PRECONDITION_FAILED) throw new TroubleError(`"${url}" exists already`);
    else throw s3Trouble(`could not complete "${url}"`, failure);
  }

  /** Removes what the store has of it. Returns the upload that must be gone then, if there was one. */
  async discard(): Promise<OpenUpload | undefined> {
    const { bucket, uploads } = this.#tools;
    const parts = await Promise.allSettled(this.#parts);
    const upload = await this.#upload?.catch(() => undefined);
    if (this.#state === 'unknown') {
      const sent = parts.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
      const found = await bucket.head(this.#plan.key).catch(() => undefined);
      if (found !== undefined && this.#isOurs(found, sent)) this.#state = 'completed';
    }
    if (this.#state === 'completed') return void (await bucket.delete(this.#plan.key));
    if (upload !== undefined) await uploads.abort(upload);
    return upload;
  }

  /** Whether the store may have an upload for it that was not confirmed. */
  async mayHaveLostUpload(): Promise<boolean> {
    if (this.#upload === undefined) return false;
    return await this.#upload.then(
      ({ retried }) => retried,
      () => true,
    );
  }

  #send(buffer: Buffer): void {
    const { uploads, buffers, signal, lateSignal } = this.#tools;
    const body = buffer.subarray(0, this.#filled);
    const number = this.#parts.length + 1;
    this.#upload ??= uploads.begin(this.#plan.key, lateSignal);
    const upload = this.#upload;
    const part = buffers.lend(buffer, async () => uploads.part(await upload, number, body, signal));
    part.catch((error: unknown) => {
      this.#failure ??= error;
    });
    this.#parts.push(part);
    this.#sent += this.#filled;
    this.#filled = 0;
    this.#buffer = undefined;
  }

  /** Not all stores know the condition, that there is no object of that name. */
  async #make(parts: readonly CompletedPart[]): Promise<void> {
    try {
      await this.#request(parts, true);
    } catch (error) {
      if (statusOf(error) !== NOT_IMPLEMENTED) throw error;
      await this.#request(parts, false);
    }
  }

  async #request(parts: readonly CompletedPart[], ifNone: boolean): Promise<void> {
    const { bucket, uploads, signal } = this.#tools;
    if (this.#small !== undefined) await bucket.put(this.#plan.key, this.#small, ifNone, signal);
    else if (this.#upload !== undefined) await uploads.complete(await this.#upload, parts, ifNone, signal);
  }

  /** Whether an object is what was uploaded. Where its ETag does not tell, the size must do, unless there is doubt. */
  #isOurs({ bytes, etag, plainEtag }: ObjectFacts, parts: readonly CompletedPart[]): boolean {
    if (bytes !== this.bytes) return false;
    const wanted = plainEtag ? this.#etag(parts) : undefined;
    return wanted === undefined ? this.#state === 'completed' : etag?.replaceAll('"', '') === wanted;
  }

  /** What the ETag must be; undefined if the store does not make it of the contents. */
  #etag(parts: readonly CompletedPart[]): string | undefined {
    if (this.#small !== undefined) return md5(this.#small);
    const digests = parts.map(({ ETag = '' }) => MD5.exec(ETag)?.[1] ?? '');
    if (digests.includes('')) return undefined;
    return `${md5(Buffer.from(digests.join(''), 'hex'))}-${parts.length}`;
  }
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
