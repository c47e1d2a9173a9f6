/** Requests for uploads of several parts, as methods. Until an upload is completed, there is no object of its name. */

import type {
  CompletedPart,
  ListMultipartUploadsCommandInput,
  ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { storing } from './bucket.ts';
import { type Connection, objectUrl, request } from './connection.ts';

/** An upload that was begun. */
export interface OpenUpload {
  readonly key: string;
  readonly id: string;
}

/** Where the next page of a list begins. */
type Marker = Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'>;

/** The uploads to one place in a bucket. */
export class Uploads {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Begins an upload. `retried` tells that there may be another one, whose beginning was not confirmed. */
  async begin(key: string, signal: AbortSignal): Promise<OpenUpload & { readonly retried: boolean }> {
    const { sdk, client, location } = this.#connection;
    const command = new sdk.CreateMultipartUploadCommand({
      Bucket: location.bucket,
      Key: key,
      ...storing(location),
    });
    const act = this.#act('begin the upload of', key);
    const { UploadId: id = '', $metadata } = await request(
      act,
      (options) => client.send(command, options),
      signal,
    );
    return { key, id, retried: ($metadata.attempts ?? 1) > 1 };
  }

  /** Uploads a part. Returns what completes the upload: its ETag, and checksums if they were computed. */
  async part(
    { key, id }: OpenUpload,
    number: number,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<CompletedPart> {
    const { sdk, client, location } = this.#connection;
    const input = { Bucket: location.bucket, Key: key, UploadId: id, PartNumber: number, Body: body };
    const send = (options: object) => client.send(new sdk.UploadPartCommand(input), options);
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } =
      await request(this.#act('upload', key), send, signal);
    const checksums = { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 };
    return { PartNumber: number, ETag, ...checksums };
  }

  /** Makes the object of its parts; if `ifNone`, only if there is none of that name. Throws as the SDK does. */
  async complete(
    { key, id }: OpenUpload,
    parts: readonly CompletedPart[],
    ifNone: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { sdk, client, location } = this.#connection;
    const input = { Bucket: location.bucket, Key: key, UploadId: id, MultipartUpload: { Parts: [...parts] } };
    const condition = ifNone ? { IfNoneMatch: '*' } : {};
    const command = new sdk.CompleteMultipartUploadCommand({ ...input, ...condition });
    await client.send(command, { abortSignal: signal });
  }

  async abort({ key, id }: OpenUpload): Promise<void> {
    const { sdk, client, location } = this.#connection;
    const command = new sdk.AbortMultipartUploadCommand({ Bucket: location.bucket, Key: key, UploadId: id });
    await request(this.#act('abort the upload of', key), () => client.send(command));
  }

  /** All uploads of objects of the place that were begun and have not ended, by whomsoever. */
  async list(): Promise<readonly OpenUpload[]> {
    const { sdk, client, location } = this.#connection;
    const { bucket, prefix, url } = location;
    const uploads: OpenUpload[] = [];
    let marker: Marker | undefined = {};
    while (marker !== undefined) {
      const command = new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...marker });
      const send = (): Promise<ListMultipartUploadsCommandOutput> => client.send(command);
      const page = await request(`could not list the uploads to "${url}"`, send);
      for (const { Key: key = '', UploadId: id = '' } of page.Uploads ?? []) uploads.push({ key, id });
      const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      marker = page.IsTruncated === true ? { KeyMarker, UploadIdMarker } : undefined;
    }
    return uploads.filter(({ key }) => !key.slice(prefix.length).includes('/'));
  }

  #act(verb: string, key: string): string {
    return `could not ${verb} "${objectUrl(this.#connection.location, key)}"`;
  }
}
