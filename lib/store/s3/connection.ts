/**
 * The SDK, and a client of it for one place. It sends requests with the credentials, regions and retries that its users
 * know, and is loaded for such places only.
 */

import type { S3Client } from '@aws-sdk/client-s3';
import { TroubleError } from '../../errors/trouble.ts';
import { firstSentence, requirePackage } from '../../io/native.ts';
import { s3Trouble } from './failure.ts';
import type { S3Location } from './location.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

const SDK = '@aws-sdk/client-s3';
const CONNECT_MS = 10_000;
/** How long nothing may move on a connection. The SDK would wait for ever. */
const STALL_MS = 30_000;

/** What requests are made with. */
export interface Connection {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly location: S3Location;
  readonly stallMs: number;
}

/** Loads the SDK. Throws TroubleError if it is not installed. Nothing is sent yet. */
export function connect(location: S3Location, stallMs = STALL_MS): Connection {
  // Otherwise the SDK writes to standard error which versions of Node.js its later releases will want.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const sdk = loadSdk(location);
  const { endpoint, region, pathStyle } = location;
  const client = new sdk.S3Client({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    forcePathStyle: pathStyle,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: stallMs },
  });
  return { sdk, client, location, stallMs };
}

/** The name of an object, for messages. */
export function objectUrl({ bucket }: S3Location, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** Sends a request. If it fails, throws TroubleError for the act, or the reason of `signal`. */
export async function request<Answer>(
  act: string,
  send: (options: { abortSignal?: AbortSignal }) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> {
  try {
    return await send(signal === undefined ? {} : { abortSignal: signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw s3Trouble(act, error);
  }
}

function loadSdk({ url }: S3Location): Sdk {
  try {
    return requirePackage<Sdk>(SDK);
  } catch (cause) {
    throw new TroubleError(`could not load the package "${SDK}", which "${url}" needs`, {
      detail: firstSentence(cause),
      hint: `Install it with "npm install -g ${SDK}", or install these tools again with their optional packages.`,
      cause,
    });
  }
}
