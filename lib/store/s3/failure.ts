/**
 * What went wrong with a request to an object store: an error of the SDK in, one of ours out, in one line that says which
 * of the usual failures it was. What the SDK says is not passed on: it may quote commands and files with credentials.
 */

import { systemErrorText } from '../../errors/system-error.ts';
import { TroubleError } from '../../errors/trouble.ts';

/** What an error of the SDK may have. */
interface SdkError extends NodeJS.ErrnoException {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly Region?: string;
  readonly hostname?: string;
  readonly errors?: readonly unknown[];
}

interface Reason {
  readonly text: string;
  readonly hint?: string;
}

/** By the names that stores give to errors ("Error responses" in the Amazon S3 API Reference), and the SDK. */
const BY_NAME: Readonly<Record<string, Reason>> = {
  CredentialsProviderError: {
    text: 'no credentials were found',
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.',
  },
  InvalidAccessKeyId: { text: 'the store does not know the access key' },
  SignatureDoesNotMatch: { text: 'the secret access key is wrong' },
  InvalidToken: { text: 'the session token is not valid' },
  ExpiredToken: { text: 'the session token has expired' },
  NoSuchBucket: { text: 'there is no such bucket' },
  AccessDenied: { text: 'access denied' },
  RequestTimeTooSkewed: { text: 'the clocks of this machine and of the store differ too much' },
  SlowDown: { text: 'the store has too much to do' },
  TimeoutError: { text: 'the store does not answer' },
  InvalidStorageClass: { text: 'the store does not know the storage class' },
};
/** A bucket of another region, in the words of several stores. */
const OTHER_REGION = [
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
];
/** A request without a body, as HeadObject is, has an error without a name. */
const BY_STATUS: Readonly<Record<number, string>> = { 403: 'AccessDenied', 429: 'SlowDown', 503: 'SlowDown' };
const TLS_FAILURE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH)/;

const REGION_HINT = 'Set AWS_REGION, or "region" in the URL.';

/** As in "error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl3_record.c:350:". */
const OPENSSL_REASON = /:SSL routines:[^:]*:([^:]+):/;

/** The error for an act, as in `could not read "s3://bucket/base.tar"`, that did not succeed. */
export function s3Trouble(act: string, error: unknown): TroubleError {
  const { text, hint } = reasonOf(firstOf(error as SdkError));
  return new TroubleError(`${act}: ${text}`, { cause: error, ...(hint !== undefined && { hint }) });
}

/** The status of the answer; undefined if none came. */
export function statusOf(error: unknown): number | undefined {
  return (error as SdkError).$metadata?.httpStatusCode;
}

/** Of several addresses that were tried, the first tells why. */
function firstOf(error: SdkError): SdkError {
  return (error.errors?.[0] as SdkError | undefined) ?? error;
}

function reasonOf(error: SdkError): Reason {
  const { name, code = '', message, hostname } = error;
  const status = statusOf(error);
  if (status === 404 && name !== 'NoSuchBucket') return { text: 'there is no such object' };
  // The SDK calls a reset connection so, too.
  if (name === 'TimeoutError' && code === 'ECONNRESET') return { text: 'Connection reset by peer' };
  const known = BY_NAME[name] ?? BY_NAME[BY_STATUS[status ?? 0] ?? ''];
  if (known !== undefined) return known;
  if (OTHER_REGION.includes(name) || status === 301) return otherRegion(error);
  if (message === 'Region is missing') return { text: 'no region is set', hint: REGION_HINT };
  if (message.startsWith('Region not accepted'))
    return { text: 'the region is not valid', hint: REGION_HINT };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { text: `host "${hostname}" is not known` };
  if (TLS_FAILURE.test(code)) return { text: `TLS failure: ${OPENSSL_REASON.exec(message)?.[1] ?? message}` };
  if (status !== undefined) return { text: `the store answers with status ${status} (${name})` };
  return { text: error.errno === undefined ? code || name : systemErrorText(error) };
}

function otherRegion({ Region, $response }: SdkError): Reason {
  const region = Region ?? $response?.headers?.['x-amz-bucket-region'];
  const text =
    region === undefined ? 'the bucket is in another region' : `the bucket is in region "${region}"`;
  return { text, hint: REGION_HINT };
}
