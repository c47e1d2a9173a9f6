/**
 * The name of a place in an object store: s3://BUCKET/PREFIX?PARAMETER=VALUE&… in, its parts out. Parameters say what
 * the settings that all S3 clients share do not say, or say it for this place only.
 */

import { TroubleError } from '../../errors/trouble.ts';

/** How objects are encrypted where they lie. */
export interface Encryption {
  /** "AES256" or "aws:kms". */
  readonly method: string;
  readonly keyId: string | undefined;
}

/** A place in an object store. What is undefined is taken from the environment and the shared configuration. */
export interface S3Location {
  /** Without parameters, for messages: "s3://bucket/prefix". */
  readonly url: string;
  readonly bucket: string;
  /** Of all its objects: "prefix/", or nothing. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** Whether the bucket stands in the path of a request, and not in the name of the host. */
  readonly pathStyle: boolean;
  readonly storageClass: string | undefined;
  readonly encryption: Encryption | undefined;
}

const PARAMETERS = ['endpoint', 'region', 'path_style', 'storage_class', 'sse', 'sse_kms_key_id'] as const;
type Parameter = (typeof PARAMETERS)[number];

const LOCATION = /^s3:\/\/([^/?]*)\/?([^?]*)(?:\?(.*))?$/s;
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** Reads the name. Throws TroubleError, in which there is nothing that might be secret. */
export function parseS3Location(name: string): S3Location {
  const [, bucket = '', path = '', query = ''] = LOCATION.exec(name) ?? [];
  if (!BUCKET.test(bucket))
    throw new TroubleError('invalid name of a bucket in an "s3://" URL', {
      hint: 'The form is "s3://BUCKET/PREFIX", without user name and password.',
    });
  const directory = path.replace(/\/+$/, '');
  const url = directory === '' ? `s3://${bucket}` : `s3://${bucket}/${directory}`;
  const values = readParameters(query, url);
  return {
    url,
    bucket,
    prefix: directory === '' ? '' : `${directory}/`,
    endpoint: checkEndpoint(values.get('endpoint')),
    region: values.get('region'),
    pathStyle: readBoolean(values.get('path_style')),
    storageClass: values.get('storage_class'),
    encryption: readEncryption(values.get('sse'), values.get('sse_kms_key_id')),
  };
}

function readParameters(query: string, url: string): ReadonlyMap<Parameter, string> {
  const values = new Map<Parameter, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const parameter = PARAMETERS.find((known) => known === name);
    if (parameter === undefined)
      throw new TroubleError(`unknown parameter "${name}" of "${url}"`, {
        hint: `The parameters are: ${PARAMETERS.join(', ')}.`,
      });
    if (value === '') throw new TroubleError(`parameter "${name}" of "${url}" has no value`);
    values.set(parameter, value);
  }
  return values;
}

function checkEndpoint(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new TroubleError('invalid endpoint, must be as in "https://HOST:PORT"');
  return endpoint;
}

function readBoolean(value: string | undefined): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw new TroubleError(`invalid value "${value}" of "path_style", must be "true" or "false"`);
}

function readEncryption(method: string | undefined, keyId: string | undefined): Encryption | undefined {
  if (method !== undefined && !['AES256', 'aws:kms'].includes(method))
    throw new TroubleError(`invalid value "${method}" of "sse", must be "AES256" or "aws:kms"`);
  if (keyId !== undefined && method !== 'aws:kms')
    throw new TroubleError('"sse_kms_key_id" needs "sse=aws:kms"');
  return method === undefined ? undefined : { method, keyId };
}
