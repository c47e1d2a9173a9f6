/** A place in an object store: its URL in, the objects in it as files out. */

import { TroubleError } from '../../errors/trouble.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import type { NewBackup, Place, PlaceEntry, StoredFile, WriteOptions } from '../place.ts';
import { Bucket, type ListedObject } from './bucket.ts';
import { type Connection, connect, objectUrl } from './connection.ts';
import { parseS3Location } from './location.ts';
import { readObject } from './read-object.ts';
import { S3Backup } from './s3-backup.ts';

/** The place with this URL. */
export class S3Place implements Place {
  readonly #connection: Connection;
  readonly #bucket: Bucket;

  /** Throws TroubleError for what is no such URL, and if the SDK is not installed. */
  constructor(url: string, stallMs?: number) {
    this.#connection = connect(parseS3Location(url), stallMs);
    this.#bucket = new Bucket(this.#connection);
  }

  get subject(): string {
    return `"${this.#bucket.location.url}"`;
  }

  async list(signal: AbortSignal): Promise<readonly PlaceEntry[]> {
    const { objects, prefixes } = await this.#bucket.list('/', signal);
    const entries = [
      ...objects.map((object) => ({ name: this.#nameOf(object.key), file: this.#file(object) })),
      ...prefixes.map((prefix) => ({ name: this.#nameOf(prefix.slice(0, -1)), file: undefined })),
    ];
    return entries.filter(({ name }) => name !== '').sort(byName);
  }

  async file(name: string, signal: AbortSignal): Promise<StoredFile> {
    const file = (await this.list(signal)).find((entry) => entry.name === name)?.file;
    if (file === undefined)
      throw new TroubleError(
        `could not open "${this.#bucket.location.url}/${name}": there is no such object`,
      );
    return file;
  }

  /** Its backups, if it has several. */
  async otherContents(signal: AbortSignal): Promise<string | undefined> {
    const { objects } = await this.#bucket.list(undefined, signal);
    const manifests = objects.filter(({ key }) => key.endsWith(`/${MANIFEST}`));
    const urls = manifests.map(({ key }) =>
      objectUrl(this.#bucket.location, key.slice(0, -MANIFEST.length - 1)),
    );
    if (urls.length === 0) return undefined;
    return `There are backups at: ${urls.map((url) => `"${url}"`).join(', ')}.`;
  }

  create(options: WriteOptions): Promise<NewBackup> {
    return S3Backup.open(this.#connection, options);
  }

  #file(object: ListedObject): StoredFile {
    const path = objectUrl(this.#bucket.location, object.key);
    const open = (signal: AbortSignal) => readObject(this.#bucket, object, signal);
    return { name: this.#nameOf(object.key), path, bytes: object.bytes, open };
  }

  #nameOf(key: string): string {
    return key.slice(this.#bucket.location.prefix.length);
  }
}

function byName(one: PlaceEntry, other: PlaceEntry): number {
  return one.name < other.name ? -1 : 1;
}
