/**
 * A backup that is written to an object store: the names of its files and their contents in, objects out. They are
 * completed only when all of it has come, base.tar first, the manifest last.
 *
 * Of several writers one may win: it makes an object that only one can make, looks again whether the place is empty,
 * and completes its own. So no archive of a backup is replaced by one of another.
 */

import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { MANIFEST, parseArchiveName } from '../../stream/archive-name.ts';
import { formatCount } from '../../terminal/units.ts';
import type { NewBackup, NewFile, WriteOptions } from '../place.ts';
import { Bucket } from './bucket.ts';
import type { Connection } from './connection.ts';
import { CLAIM, insistOnNothing } from './empty-place.ts';
import { ObjectUpload, type UploadTools } from './object-upload.ts';
import { PartBuffers } from './part-buffers.ts';
import { type OpenUpload, Uploads } from './uploads.ts';

/** How often uploads are aborted that are still there: a store may go on with a part meanwhile. */
const ABORT_ROUNDS = 3;
/** How long a store may still take to begin an upload that is not wanted any more. */
const GRACE_MS = 5000;

/** In one place, which must be empty. */
export class S3Backup implements NewBackup {
  readonly #tools: UploadTools;
  readonly #options: WriteOptions;
  readonly #controller = new AbortController();
  readonly #archives: { readonly name: string; readonly upload: ObjectUpload }[] = [];
  readonly #foreign: ReadonlySet<string>;
  readonly #interrupt = () => this.#controller.abort(this.#options.signal.reason);
  #manifest: ObjectUpload | undefined;
  #claim: ObjectUpload | undefined;

  private constructor(connection: Connection, foreign: readonly OpenUpload[], options: WriteOptions) {
    const { signal } = this.#controller;
    setMaxListeners(0, signal); // one for each part that is under way
    this.#tools = {
      bucket: new Bucket(connection),
      uploads: new Uploads(connection),
      buffers: new PartBuffers(options.jobs),
      signal,
      lateSignal: afterwards(signal),
    };
    this.#foreign = new Set(foreign.map(({ id }) => id));
    this.#options = options;
    options.signal.addEventListener('abort', this.#interrupt);
  }

  /** Looks at the place, and tells of what others have left. Throws TroubleError if it is not empty. */
  static async open(connection: Connection, options: WriteOptions): Promise<S3Backup> {
    await insistOnNothing(new Bucket(connection));
    const foreign = await new Uploads(connection).list();
    const { url } = connection.location;
    if (foreign.length > 0)
      options.warn(`"${url}" has ${formatCount(foreign.length, 'open upload')} of another run`, {
        detail: 'Another backup is being written there, or was when its writer was killed.',
        hint: 'The store keeps the parts until they are aborted, or expire by a rule of the bucket.',
      });
    return new S3Backup(connection, foreign, options);
  }

  begin(name: string, announced: number | undefined): NewFile {
    const upload = this.#upload(name, announced, name === MANIFEST);
    if (name === MANIFEST) this.#manifest = upload;
    else this.#archives.push({ name, upload });
    return upload;
  }

  async publish(): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    await this.#claimPlace();
    for (const { upload } of [...this.#archives].sort((one, other) => rank(one.name) - rank(other.name))) {
      signal.throwIfAborted();
      await upload.complete();
    }
    signal.throwIfAborted();
    await this.#manifest?.complete();
    signal.removeEventListener('abort', this.#interrupt);
    // The backup is there, whatever happens to what it does not need any more.
    const cleanUps = [() => this.#claim?.discard(), () => this.#abortLost()];
    for (const cleanUp of cleanUps) await cleanUp()?.catch((error: unknown) => this.#warn(error));
  }

  abandon(): void {
    this.#options.signal.removeEventListener('abort', this.#interrupt);
    this.#controller.abort(new Error('the backup was given up'));
  }

  /**
   * The manifest goes first, so that what is left never looks complete, and the claim last, until when no other writer
   * makes objects of these names. Whatever stands in its way is only reported: the failure that led here is the one to
   * be known.
   */
  async remove(): Promise<string | undefined> {
    const archives = this.#archives.map(({ upload }) => upload);
    const steps = [
      () => this.#discard([this.#manifest]),
      () => this.#discard(archives),
      () => this.#abortLost(),
      () => this.#discard([this.#claim]),
    ];
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) this.#warn(failures[0]);
    const nothing = archives.length === 0 && this.#manifest === undefined;
    return failures.length > 0 || nothing ? undefined : `what was uploaded to "${this.#url}"`;
  }

  get #url(): string {
    return this.#tools.bucket.location.url;
  }

  #upload(name: string, announced: number | undefined, maybeSmall: boolean): ObjectUpload {
    const key = `${this.#tools.bucket.location.prefix}${name}`;
    return new ObjectUpload({ key, announced, maybeSmall }, this.#tools);
  }

  /** Throws TroubleError if another writer is at it, or was faster. */
  async #claimPlace(): Promise<void> {
    const claim = this.#upload(CLAIM, undefined, true);
    await claim.push([Buffer.from(`${randomUUID()}\n`)]);
    await claim.end();
    this.#claim = claim;
    await claim.complete().catch(async (error: unknown) => {
      this.#tools.signal.throwIfAborted();
      await insistOnNothing(this.#tools.bucket); // most often, the claim of another writer
      throw error;
    });
    await insistOnNothing(this.#tools.bucket, CLAIM);
  }

  #warn(error: unknown): void {
    this.#options.warn((error as Error).message, {
      hint: `Something may be left at "${this.#url}": objects, or open uploads.`,
    });
  }

  /** Removes objects, and aborts uploads until they are not listed any more. Throws the first failure, after all. */
  async #discard(ours: readonly (ObjectUpload | undefined)[]): Promise<void> {
    const outcomes = await Promise.allSettled(ours.map((upload) => upload?.discard()));
    let left = outcomes.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []));
    for (let round = 0; left.length > 0 && round < ABORT_ROUNDS; round++) {
      const listed = new Set((await this.#tools.uploads.list()).map(({ id }) => id));
      left = left.filter(({ id }) => listed.has(id));
      for (const upload of left) await this.#tools.uploads.abort(upload);
    }
    const failure = outcomes.find((one) => one.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** Aborts uploads of our objects whose beginning was not confirmed, as its answer was lost. */
  async #abortLost(): Promise<void> {
    const ours = [this.#manifest, this.#claim, ...this.#archives.map(({ upload }) => upload)];
    const doubts = await Promise.all(ours.map((upload) => upload?.mayHaveLostUpload()));
    if (!doubts.includes(true)) return;
    const keys = new Set(ours.map((upload) => upload?.key));
    const listed = await this.#tools.uploads.list();
    const lost = listed.filter(({ key, id }) => keys.has(key) && !this.#foreign.has(id));
    for (const upload of lost) await this.#tools.uploads.abort(upload);
  }
}

/** Fires some seconds later. */
function afterwards(signal: AbortSignal): AbortSignal {
  const later = new AbortController();
  const fire = () => later.abort(signal.reason);
  signal.addEventListener('abort', () => setTimeout(fire, GRACE_MS).unref());
  return later.signal;
}

function rank(name: string): number {
  return parseArchiveName(name)?.kind === 'base' ? 0 : 1;
}
