import { describe, expect, it } from 'vitest';
import { s3Trouble } from '../../../../lib/store/s3/failure.ts';

function failure(name: string, properties: object = {}, message = 'what Secret said'): Error {
  return Object.assign(new Error(message), { name, ...properties });
}

const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });
const system = (code: string, errno?: number) => ({ code, ...(errno !== undefined && { errno }) });

describe('s3Trouble', () => {
  it.each([
    [failure('CredentialsProviderError'), 'no credentials were found'],
    [failure('InvalidAccessKeyId', status(403)), 'the store does not know the access key'],
    [failure('SignatureDoesNotMatch', status(403)), 'the secret access key is wrong'],
    [failure('AccessDenied', status(403)), 'access denied'],
    [failure('403', status(403)), 'access denied'],
    [failure('ExpiredToken', status(400)), 'the session token has expired'],
    [failure('NoSuchBucket', status(404)), 'there is no such bucket'],
    [failure('NotFound', status(404)), 'there is no such object'],
    [failure('PermanentRedirect', status(301)), 'the bucket is in another region'],
    [failure('AuthorizationHeaderMalformed', { Region: 'eu-1' }), 'the bucket is in region "eu-1"'],
    [
      failure('301', { ...status(301), $response: { headers: { 'x-amz-bucket-region': 'eu-2' } } }),
      'the bucket is in region "eu-2"',
    ],
    [failure('Error', {}, 'Region is missing'), 'no region is set'],
    [failure('Error', {}, 'Region not accepted: region=""'), 'the region is not valid'],
    [
      failure('RequestTimeTooSkewed', status(403)),
      'the clocks of this machine and of the store differ too much',
    ],
    [failure('SlowDown', status(503)), 'the store has too much to do'],
    [failure('ServiceUnavailable', status(503)), 'the store has too much to do'],
    [failure('InternalError', status(500)), 'the store answers with status 500 (InternalError)'],
    [failure('TimeoutError'), 'the store does not answer'],
    [failure('Error', { ...system('ENOTFOUND', -3008), hostname: 'h' }), 'host "h" is not known'],
    [failure('Error', system('ECONNREFUSED', -111)), 'Connection refused'],
    [
      failure('AggregateError', { errors: [failure('Error', system('ECONNREFUSED', -111))] }),
      'Connection refused',
    ],
    [failure('TimeoutError', system('ECONNRESET')), 'Connection reset by peer'],
    [
      failure('Error', system('CERT_HAS_EXPIRED'), 'certificate has expired'),
      'TLS failure: certificate has expired',
    ],
    [
      failure(
        'Error',
        system('EPROTO'),
        'write EPROTO 80:error:0A00010B:SSL routines:ssl3_get:wrong version:../x.c:3:',
      ),
      'TLS failure: wrong version',
    ],
    [failure('Surprise'), 'Surprise'],
  ])('says what it was: %s', (error, reason) => {
    const { message, hint = '' } = s3Trouble('could not act', error);
    expect(message).toBe(`could not act: ${reason}`);
    expect(message + hint).not.toContain('Secret');
  });
});
