/** Requests for the objects of a place, as methods. */

import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { type Connection, objectUrl, request } from './connection.ts';
import type { S3Location } from './location.ts';

/** An object in a list. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string | undefined;
}

/** What a place holds: objects, and beginnings of names that go on after a "/". */
export interface Listing {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
}

/** What an object is. */
export interface ObjectFacts {
  readonly bytes: number;
  readonly etag: string | undefined;
  /** Whether the ETag is computed from the contents, and not from what encryption makes of them. */
  readonly plainEtag: boolean;
}

/** The objects of one place in a bucket. */
export class Bucket {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get location(): S3Location {
    return this.#connection.location;
  }

  get stallMs(): number {
    return this.#connection.stallMs;
  }

  /** The objects of the place; with a delimiter, only those without it in what follows the prefix. */
  async list(delimiter: '/' | undefined, signal?: AbortSignal): Promise<Listing> {
    const { sdk, client, location } = this.#connection;
    const objects: ListedObject[] = [];
    const prefixes: string[] = [];
    let token: string | undefined;
    do {
      const input = { Bucket: location.bucket, Prefix: location.prefix, Delimiter: delimiter };
      const command = new sdk.ListObjectsV2Command({ ...input, ContinuationToken: token });
      const act = `could not list "${location.url}"`;
      const page = await request(act, (options) => client.send(command, options), signal);
      for (const { Key = '', Size = 0, ETag } of page.Contents ?? [])
        objects.push({ key: Key, bytes: Size, etag: ETag });
      for (const { Prefix = '' } of page.CommonPrefixes ?? []) prefixes.push(Prefix);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return { objects, prefixes };
  }

  /** What an object is. Throws as the SDK does. */
  async head(key: string): Promise<ObjectFacts> {
    const { sdk, client, location } = this.#connection;
    const answer = await client.send(new sdk.HeadObjectCommand({ Bucket: location.bucket, Key: key }));
    const { ContentLength: bytes = -1, ETag: etag, ServerSideEncryption: encryption } = answer;
    return { bytes, etag, plainEtag: encryption?.startsWith('aws:kms') !== true };
  }

  /** Asks for a range of an object, which must have this ETag. Throws as the SDK does. */
  get({ key, etag }: ListedObject, range: string, signal: AbortSignal): Promise<GetObjectCommandOutput> {
    const { sdk, client, location } = this.#connection;
    const input = { Bucket: location.bucket, Key: key, IfMatch: etag, Range: range };
    return client.send(new sdk.GetObjectCommand(input), { abortSignal: signal });
  }

  /** Makes an object; if `ifNone`, only if there is none of that name. Throws as the SDK does. */
  async put(key: string, body: Buffer, ifNone: boolean, signal: AbortSignal): Promise<void> {
    const { sdk, client, location } = this.#connection;
    const input = { Bucket: location.bucket, Key: key, Body: body, ...storing(location) };
    const condition = ifNone ? { IfNoneMatch: '*' } : {};
    await client.send(new sdk.PutObjectCommand({ ...input, ...condition }), { abortSignal: signal });
  }

  async delete(key: string): Promise<void> {
    const { sdk, client, location } = this.#connection;
    const command = new sdk.DeleteObjectCommand({ Bucket: location.bucket, Key: key });
    await request(`could not remove "${objectUrl(location, key)}"`, () => client.send(command));
  }
}

/** How the store is to keep an object, in the words of the SDK. */
export function storing({ storageClass, encryption }: S3Location) {
  return {
    ...(storageClass !== undefined && { StorageClass: storageClass as 'STANDARD' }),
    ...(encryption !== undefined && { ServerSideEncryption: encryption.method as 'AES256' }),
    ...(encryption?.keyId !== undefined && { SSEKMSKeyId: encryption.keyId }),
  };
}
